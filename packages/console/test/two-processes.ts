/** Two processes with live plans on one database file, the first of which is where administrators edit. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Limit } from "@sluice/core";
import { plansAdmin } from "../src/admin/make-plans-admin.ts";
import { usersAdmin } from "../src/admin/make-users-admin.ts";
import { livePlans } from "../src/plans/make-live-plans.ts";
import { administered, book, free, limits } from "./administered.ts";
import { testDatabase, userDirectory } from "./database.ts";

const closing: (() => void)[] = [];

/** Closes what was opened since; after each test. */
export function closeProcesses(): void {
  for (const close of closing.splice(0).reverse()) close();
}

/** Two processes on one database, each with its plans; the first is where administrators edit. */
export async function twoProcesses(now?: () => number) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-plans-"));
  closing.push(() => rmSync(folder, { recursive: true }));
  const [here, there] = [testDatabase(join(folder, "one.db")), testDatabase(join(folder, "one.db"))];
  closing.push(
    () => here.close(),
    () => there.close(),
  );
  const admins = await administered({ database: here });
  const clock = now ?? admins.deps.now;
  const errors: string[] = [];
  const live = (db: typeof here.db) =>
    livePlans({
      ...{ db, users: userDirectory, limits, defaults: book, default: "free", now: clock },
      onError: (error) => void errors.push((error as { code?: string }).code ?? String(error)),
    });
  const [one, two] = [live(here.db), live(there.db)];
  const deps = { ...admins.deps, now: clock, changed: one.invalidate };
  const plans = plansAdmin({ ...deps, whatIf: async () => ({}) });
  return { here, there, one, two, plans, users: usersAdmin(deps), clock: admins.clock, errors };
}

export const unitsOf = (limit: Limit): number | string => (limit === "unlimited" ? limit : limit.limit);

export type Processes = Awaited<ReturnType<typeof twoProcesses>>;

/** What process one or two would enforce now. */
export const holds = async (live: Processes["one"], userId = "1", name = "api") =>
  unitsOf(await live.limit(name)(userId));

export async function setApi({ plans }: Processes, api: number): Promise<void> {
  const { version } = await plans.read("free");
  await plans.update("free", { ...free, limits: { ...free.limits, api } }, version, "root");
}
