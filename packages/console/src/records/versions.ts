/** The number that grows with every edit of plans and overrides, by which other processes see that there was one. */

import { type SQL, sql } from "drizzle-orm";
import { versions } from "../schema.ts";

/** The number as it is when the statement runs: 0 before the first edit. */
export const currentVersion: SQL<number> = sql<number>`coalesce((select ${versions.version} from ${versions}
  where ${versions.name} = 'plans'), 0)`;
