import { describe, expect, it } from "vitest";
import { brokenArrows, consoleArrows, coreArrows, imported, outboundArrows } from "./arrows.ts";
import { isTest, packages, sources } from "./workspace.ts";

describe("arrows", () => {
  it.each([
    ["core", coreArrows],
    ["outbound", outboundArrows],
    ["console", consoleArrows],
  ])("are kept by @sluice/%s", (name, arrows) => {
    const src = `packages/${name}/src/`;
    const files = sources(`${src}**/*.{ts,tsx}`).filter(({ path }) => !isTest(path));
    expect(files.length).toBeGreaterThan(0);
    expect(
      brokenArrows(
        files.map(({ path, text }) => ({ path: path.slice(src.length), text })),
        arrows,
      ),
    ).toEqual([]);
  });

  it("bring nothing of outbound into the console but types", () => {
    const brought = sources("packages/console/src/**/*.{ts,tsx}").filter(
      ({ path, text }) => !isTest(path) && /^import (?!type\b)[^;]*"@sluice\/outbound"/m.test(text),
    );
    expect(brought.map(({ path }) => path)).toEqual([]);
  });

  it("never lead from packages to apps", () => {
    const apps = packages("apps").map(({ manifest }) => manifest.name);
    const toApps = sources("packages/*/src/**/*.ts").flatMap(({ path, text }) =>
      imported(text)
        .filter((name) => /(^|\/)apps\//.test(name) || apps.some((app) => name === app || name.startsWith(`${app}/`)))
        .map((name) => `${path} → ${name}`),
    );
    expect(toApps).toEqual([]);
  });
});

describe("a planted import", () => {
  const check = (path: string, text: string) =>
    brokenArrows([
      { path, text },
      { path: "backends/memory.ts", text: "" },
      { path: "backends/redis.ts", text: "" },
    ]);

  it.each([
    ["engine/policy.ts", `import { step } from "../algorithms/step.ts";`],
    ["engine/policy.ts", `import type { Context } from "hono";`],
    ["engine/policy.ts", `import "node:process";`],
    ["engine/policy.ts", `const { readFile } = await import("node:fs");`],
    ["algorithms/window.ts", `export { memory } from "../backends/memory.ts";`],
    ["algorithms/window.ts", `import {\n  a,\n  b,\n} from "../http/headers.ts";`],
    ["backends/redis-script.ts", `import { memory } from "./memory.ts";`],
    ["backends/redis.ts", `import { createClient } from "redis";`],
    ["limiters/by-ip.ts", `import type { Context } from "hono";`],
    ["middleware/rate-limit.ts", `import { redis } from "../backends/redis.ts";`],
    ["middleware/rate-limit.ts", `import { rateLimit } from "../index.ts";`],
    ["middleware/rate-limit.ts", `import { x } from "../../../outbound/src/x.ts";`],
    ["helpers/thing.ts", ""],
  ])("is caught in %s: %s", (path, text) => {
    expect(check(path, text)).toHaveLength(1);
  });

  it.each([
    ["engine/policy.ts", `import { duration } from "./duration.ts";`],
    ["engine/policy.ts", `/**\n * import { Hono } from "hono";\n */\n// import "node:fs";`],
    ["algorithms/window.ts", `import type { Policy } from "../engine/policy.ts";`],
    ["backends/memory-cells.ts", `import type { Memory } from "./memory.ts";`],
    ["middleware/rate-limit.ts", `import { createMiddleware } from "hono/factory";`],
    ["middleware/rate-limit.ts", `import { memory } from "../backends/memory.ts";`],
    ["index.ts", `export { memory } from "./backends/memory.ts";`],
  ])("is allowed in %s: %s", (path, text) => {
    expect(check(path, text)).toEqual([]);
  });
});

describe("a planted import of the console", () => {
  const check = (path: string, text: string) => brokenArrows([{ path, text }], consoleArrows);

  it.each([
    ["api/plans.ts", `import { plans } from "../schema.ts";`],
    ["api/plans.ts", `import { PlansView } from "../pages/plans.tsx";`],
    ["pages/plans.tsx", `import { eq } from "drizzle-orm";`],
    ["admin/make-plans-admin.ts", `import { Hono } from "hono";`],
    ["recording/minute.ts", `import { console } from "../console.ts";`],
  ])("is caught in %s: %s", (path, text) => {
    expect(check(path, text)).toHaveLength(1);
  });
});

describe("a planted import of outbound", () => {
  const check = (path: string, text: string) => brokenArrows([{ path, text }], outboundArrows);

  it.each([
    ["time/system-time.ts", `import { record } from "../records/record.ts";`],
    ["limits/place.ts", `import { sendQuota } from "../quota/send-quota.ts";`],
    ["limits/place.ts", `import { memory } from "@sluice/core/memory";`],
    ["limits/place.ts", `import { rateLimit } from "@sluice/core";`],
    ["lease/leases.ts", `import { limiter } from "../limits/make-limiter.ts";`],
    ["quota/send-quota.ts", `import { readFile } from "node:fs/promises";`],
    ["valve/valve.ts", ""],
  ])("is caught in %s: %s", (path, text) => {
    expect(check(path, text)).toHaveLength(1);
  });

  it.each([
    ["limits/place.ts", `import { ConfigError } from "@sluice/core/engine";`],
    ["quota/send-quota.ts", `import { limiter } from "../limits/make-limiter.ts";`],
    ["index.ts", `export { all } from "./limits/all.ts";`],
  ])("is allowed in %s: %s", (path, text) => {
    expect(check(path, text)).toEqual([]);
  });
});
