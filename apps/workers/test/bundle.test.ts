import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unstable_readConfig as readConfig } from "wrangler";
import { runWrangler } from "../scripts/wrangler.ts";
import { ceilings, tiers } from "../src/bindings.ts";

/** What a Worker may weigh, compressed, with the whole app in it. */
const mostKilobytes = 200;

interface RateLimitEntry {
  readonly name: string;
  readonly namespace_id: string;
  readonly simple: { readonly limit: number; readonly period: number };
}

describe("what would be uploaded", () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bundle-"));
  let said = "";
  let code = "";
  let metafile: {
    readonly outputs: Readonly<Record<string, { readonly imports: readonly { readonly path: string }[] }>>;
  };

  beforeAll(async () => {
    const where = ["--outdir", folder, "--metafile", join(folder, "meta.json")];
    said = stripVTControlCharacters(await runWrangler(["deploy", "--dry-run", "--minify", ...where]));
    code = readFileSync(join(folder, "main.js"), "utf8");
    metafile = JSON.parse(readFileSync(join(folder, "meta.json"), "utf8"));
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  test(`weighs at most ${mostKilobytes} kB`, () => {
    const kilobytes = Number(/gzip: ([\d.]+) KiB/.exec(said)?.[1]) * 1.024;
    console.log(`The Worker weighs ${kilobytes.toFixed(1)} kB compressed.`);
    expect(kilobytes).toBeGreaterThan(20);
    expect(kilobytes).toBeLessThanOrEqual(mostKilobytes);
  });

  test("has no module of Node's in it, and asks for none", () => {
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
    expect(new Set(imports)).toEqual(new Set(["cloudflare:workers"]));
    expect(code.match(/\brequire\(\s*["'`][^"'`]+["'`]\s*\)|["'`]node:\w+["'`]/g)).toBeNull();
    // Minified, a require has another name; what it is called with has not.
    expect(code.match(/\w\(["'](stream|string_decoder|crypto|fs|path|buffer|util|events)["']\)/g)).toBeNull();
  });
});

describe("wrangler.jsonc", () => {
  const config = readConfig({ config: new URL("../wrangler.jsonc", import.meta.url).pathname });

  test("has the types that worker-configuration.d.ts says", async () => {
    expect(await runWrangler(["types", "--check"])).toContain("up to date");
  }, 60_000);

  test("gives the bindings the numbers that src/bindings.ts repeats, and each a namespace of its own", () => {
    const limits: readonly RateLimitEntry[] = config.ratelimits;
    const bound = limits.map(({ name, simple }) => ({ name, ...simple }));
    expect(bound).toEqual([...ceilings, ...tiers].map(({ name, limit, period }) => ({ name, limit, period })));
    const namespaces = limits.map(({ namespace_id }) => namespace_id);
    expect(new Set(namespaces).size).toBe(namespaces.length);
    expect(namespaces.slice(0, 2)).toEqual(["1001", "1002"]);
  });

  test("brings nothing of Node along, and asks hosts of its own zone as everybody has to", () => {
    const flags = ["no_nodejs_compat", "no_nodejs_compat_v2", "global_fetch_strictly_public"];
    expect(config.compatibility_flags).toEqual(flags);
  });
});
