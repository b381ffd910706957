import { expect, test } from "vitest";
import { type Access, accessRecorder } from "./access-log.ts";
import type { Database } from "./database.ts";

function recording() {
  const statements: Access[][] = [];
  const warnings: object[] = [];
  const tasks: (() => Promise<void>)[] = [];
  const insert = () => ({ values: async (rows: Access[]) => statements.push(rows) });
  const logger = { info() {}, warn: (fields: object) => warnings.push(fields), error() {} };
  const record = accessRecorder({ insert } as unknown as Database, (task) => tasks.push(task), logger);
  return { record, statements, warnings, tasks };
}

const access: Access = { feedId: "f", atMs: 0, address: "192.0.2.1", userAgent: "", status: 200 };

test("accesses of one moment are written together, as many to a statement as D1 binds", async () => {
  const { record, statements, tasks } = recording();
  for (let n = 0; n < 45; n++) record({ ...access, atMs: n });
  expect(statements).toEqual([]);
  await Promise.all(tasks.map((task) => task()));
  expect(statements.map((rows) => rows.length)).toEqual([20, 20, 5]);
  expect(statements.flat().map(({ atMs }) => atMs)).toEqual(Array.from({ length: 45 }, (_, n) => n));
});

test("a database that cannot keep up costs lines of the log, not the process's memory", async () => {
  const { record, statements, warnings, tasks } = recording();
  for (let n = 0; n < 10_005; n++) record(access);
  await tasks[0]?.();
  expect(statements.flat()).toHaveLength(10_000);
  expect(warnings).toEqual([{ forgotten: 5 }]);
  record(access);
  await tasks.at(-1)?.();
  expect(statements.flat()).toHaveLength(10_001);
  expect(warnings).toHaveLength(1);
});

test("a user agent is kept up to 512 characters", async () => {
  const { record, statements, tasks } = recording();
  record({ ...access, userAgent: "x".repeat(513) });
  await tasks[0]?.();
  expect(statements.flat()[0]?.userAgent).toHaveLength(512);
});
