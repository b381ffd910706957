/** The list of users: by name, a part at a time, with what they were granted; as many statements for ten users as for a hundred. */

import type { SQL } from "drizzle-orm";
import * as z from "zod/mini";
import { blockName, overridesOfMany } from "../records/overrides.ts";
import { havings, type UserFilter, type UserRecord, userOf, usersByName } from "../records/users.ts";
import { AdminError } from "./admin-error.ts";
import { noCursor, pageFrom, partOf, placeOf } from "./cursor.ts";
import type { Page } from "./page.ts";
import type { RecordsDeps } from "./records-deps.ts";
import type { UserRow, UsersQuery } from "./users-admin.ts";

/** No name is in it, only the id of the last user shown. */
const place = z.strictObject({ user: z.string() });

const dayMs = 86_400_000;

const filters: Readonly<Record<NonNullable<UsersQuery["filter"]>, (nowMs: number) => SQL>> = {
  override: havings.any,
  expiring: (nowMs) => havings.expiring(nowMs, 14 * dayMs),
  unreviewed: (nowMs) => havings.unreviewed(nowMs, 90 * dayMs),
  blocked: havings.blocked,
};

export async function listUsers(deps: RecordsDeps, query: UsersQuery): Promise<Page<UserRow>> {
  const { db, users } = deps;
  const nowMs = deps.now();
  const limit = partOf(query);
  const at = placeOf(place, query.after);
  const search = checkedSearch(query.search);
  const filter: UserFilter = { plan: query.plan, having: havingOf(query.filter, nowMs) };
  const after = at && (await userOf(db, users, at.user));
  if (at !== undefined && after === undefined) throw noCursor();
  // Somebody of exactly this id comes first, and not a second time under the name.
  const exact = search === undefined ? undefined : await userOf(db, users, search, filter);
  const first = exact !== undefined && after === undefined ? [exact] : [];
  const wanted = limit - first.length;
  const found = await usersByName(db, users, { ...filter, limit: wanted + 1, after, prefix: search, but: exact?.id });
  // The one of exactly this id has another place in the order than it has on the page.
  const { items, ...more } = pageFrom(found, wanted, ({ id }) => ({ user: id }));
  return { items: await withOverrides(deps, [...first, ...items], nowMs), ...more };
}

async function withOverrides({ db }: RecordsDeps, users: readonly UserRecord[], nowMs: number): Promise<UserRow[]> {
  const ids = users.map(({ id }) => id);
  const holding = await overridesOfMany(db, ids, nowMs);
  const byUser = Map.groupBy(holding, ({ userId }) => userId);
  return users.map(({ id, name, plan }) => {
    const all = byUser.get(id) ?? [];
    const own = all.filter(({ limitName }) => limitName !== blockName);
    const ends = own.flatMap(({ expiresAtMs }) => expiresAtMs ?? []);
    const next = ends.length > 0 ? { nextExpiryMs: Math.min(...ends) } : {};
    return { id, name, plan, overrides: own.length, ...next, isBlocked: all.length > own.length };
  });
}

function checkedSearch(search: string | undefined): string | undefined {
  const text = search?.trim() ?? "";
  if (text.length > 200) throw new AdminError("invalid", "Search for at most 200 characters.", { field: "search" });
  return text === "" ? undefined : text;
}

function havingOf(filter: UsersQuery["filter"], nowMs: number): SQL | undefined {
  if (filter === undefined) return undefined;
  if (Object.hasOwn(filters, filter)) return filters[filter](nowMs);
  throw new AdminError("invalid", `Filters are ${Object.keys(filters).join(", ")}.`, { field: "filter" });
}
