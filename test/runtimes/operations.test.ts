import { readFileSync } from "node:fs";
import type { Limit } from "@sluice/core";
import { hasRedis } from "@sluice/test-services/redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultPlans as book } from "../../apps/feeds/src/plans.ts";
import { atStart } from "./operations/at-start.ts";
import { atStartWithRedis, endRedis, servers } from "./operations/at-start-redis.ts";
import type { Cases } from "./operations/cases.ts";
import { notLimiting } from "./operations/not-limiting.ts";
import { endNodeApps } from "./operations/on-node.ts";
import { endWorkers } from "./operations/on-workers.ts";
import { symptomsIn, unseen } from "./operations/symptoms.ts";
import { tooLenient } from "./operations/too-lenient.ts";
import { tooStrict } from "./operations/too-strict.ts";

const document = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");

const operations = document("operations.md");
const sections: Readonly<Record<string, Cases>> = {
  "It does not limit": notLimiting,
  "It is too strict": tooStrict,
  "It is too lenient": tooLenient,
  "Start-up of the example": atStart,
};

beforeAll(() => {
  // Not waited for: by the time it is asked, it has tried for long enough.
  if (hasRedis) servers().catch(() => {});
});

afterAll(async () => {
  await Promise.all([endNodeApps(), endRedis(), endWorkers()]);
});

describe.each(Object.entries(sections))("%s", (section, cases) => {
  const symptoms = symptomsIn(operations, [section]);

  test("the document's symptoms are those that are brought about here", () => {
    expect(symptoms.map(({ name }) => name).sort()).toEqual(Object.keys(cases).sort());
  });

  for (const { name, shows } of symptoms) {
    test.skipIf(name in atStartWithRedis && !hasRedis)(name, { timeout: 60_000 }, async () => {
      const isTold = shows.some(({ isAbsent }) => !isAbsent);
      expect(isTold, "the document says what is seen").toBe(true);
      const seen = await cases[name]?.();
      expect(unseen(shows, seen ?? ""), `not as the document says; seen was:\n${seen}\n`).toEqual([]);
    });
  }
});

test("every code that the document names is explained", () => {
  const codes: readonly string[] = operations.match(/SLUICE_[A-Z_]*[A-Z]/g) ?? [];
  const explained: readonly string[] = document("errors.md").match(/^## SLUICE_[A-Z_]+$/gm) ?? [];
  expect([...new Set(codes)].filter((code) => !explained.includes(`## ${code}`))).toEqual([]);
});

test("the default numbers are those of the app", () => {
  const [, table = ""] = operations.split("## Default numbers");
  const rows = Object.entries(book).map(([plan, { api, publicFeed }]) => {
    const name = plan[0]?.toUpperCase() + plan.slice(1);
    return `| ${name} | ${numberOf(api)} | ${numberOf(publicFeed)} |`;
  });
  for (const row of rows) expect(table).toContain(row);
});

function numberOf(limit: Limit): string {
  return limit === "unlimited" ? limit : limit.limit.toLocaleString("en");
}
