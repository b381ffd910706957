import { expect, test } from "vitest";
import { targetTable } from "./report.ts";

test("the table says of each target and backend whether it ran, and under it what was not put to whom, and why", () => {
  const reason = "its backend limits nobody";
  const ran = {
    target: "node",
    backend: "memory",
    passed: 57,
    failed: 0,
    unasked: [],
    noticed: { noticed: 7, planted: 7 },
  };
  const blind = { ...ran, backend: "redis", noticed: { noticed: 6, planted: 7 } };
  const free = {
    ...ran,
    noticed: undefined,
    backend: "noop",
    passed: 50,
    failed: 1,
    unasked: [{ name: "waiting: a user", reason }],
  };
  const absent = { ...ran, target: "docker", backend: "redis", passed: 0, missing: "no engine: start dockerd" };
  const absentInCi = { ...absent, target: "bun", failed: 1 };
  expect(targetTable([ran, blind, free, { ...free, target: "bun" }, absent, absentInCi])).toBe(
    [
      "target  backend  passed  failed  not put  mistakes noticed",
      "node    memory       57       0        0            7 of 7  run",
      "node    redis        57       0        0            6 of 7  FAILED",
      "node    noop         50       1        1                 –  FAILED",
      "bun     noop         50       1        1                 –  FAILED",
      "docker  redis         –       –        –                 –  skipped: no engine: start dockerd",
      "bun     redis         –       1        –                 –  FAILED: no engine: start dockerd",
      "",
      "its backend limits nobody (node · noop, bun · noop)",
      "  - waiting: a user",
    ].join("\n"),
  );
});
