/** The console's tables, once, for every SQLite there is: D1, node:sqlite, libsql. Times are milliseconds since 1970. */

export { auditLog, keys, overrides, plans, versions } from "./schema-plans.ts";
export {
  decisionMinutes,
  deniedKeys,
  feedAccess,
  feedMinutes,
  keyCounts,
  outboundMinutes,
  userDenials,
} from "./schema-records.ts";
