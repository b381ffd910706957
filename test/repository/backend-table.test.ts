import { DatabaseSync } from "node:sqlite";
import { rateLimitBindings } from "@sluice/core/cloudflare";
import { durableObject } from "@sluice/core/durable-object";
import type { Backend } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { noop } from "@sluice/core/noop";
import { redis } from "@sluice/core/redis";
import { sqlite } from "@sluice/core/sqlite";
import { upstash } from "@sluice/core/upstash";
import { Redis } from "ioredis";
import { expect, it } from "vitest";
import { read } from "./workspace.ts";

const binding = { limit: async () => ({ success: true }) };

const backends: readonly Backend[] = [
  memory(),
  sqlite(new DatabaseSync(":memory:")),
  redis(new Redis({ lazyConnect: true })),
  upstash({ url: "https://example.upstash.io", token: "token" }),
  durableObject({ getByName: () => ({}) }),
  rateLimitBindings({ ceilings: [{ name: "CEILING", binding, limit: 10_000, period: 60 }] }),
  noop(),
];

/** The rows of the README's table of backends: name, scope, exact, knows what remains, outlives the process. */
function rows(): readonly (readonly string[])[] {
  const lines = read("README.md").split("\n");
  const head = lines.findIndex((line) => line.startsWith("| backend | counts live in |"));
  const body = lines.slice(head + 2, lines.indexOf("", head));
  return body.map((line) => {
    const [name = "", , scope = "", ...rest] = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    return [name.replace(/^\[(.+)\]\(docs\/backends\/\1\.md\)$/, "$1"), scope, ...rest.slice(0, 3)];
  });
}

const word = (yes: boolean): string => (yes ? "yes" : "no");

it("the README's table of backends says what their features say", () => {
  const said = backends.map(({ name, features: { scope, exact, remaining, durable } }) => {
    return [name, scope, word(exact), word(remaining), word(durable)];
  });
  expect(rows()).toEqual(said);
});
