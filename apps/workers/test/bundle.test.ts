import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { unstable_readConfig as readConfig } from "wrangler";
import { runWrangler } from "../scripts/wrangler.ts";
import { ceilings, tiers } from "../src/bindings.ts";

/** What a Worker may weigh, compressed, with the whole app in it but for the console. */
const mostKilobytes = 200;

/**
 * What the console may add, compressed: its pages, API and records, the description of its API, and the charts, script and style
 * that it hands to browsers, which a Worker has to carry as text.
 */
const mostOfConsole = 130;

/** The modules that are there for the console alone. */
const ofConsole = [
  "@sluice/console",
  "./consoles.ts",
  "./standings.ts",
  "./login-backend.ts",
  "./recorded-calls.ts",
  "./console-outbound.ts",
  "./seed/history/seed-history.ts",
];

interface RateLimitEntry {
  readonly name: string;
  readonly namespace_id: string;
  readonly simple: { readonly limit: number; readonly period: number };
}

/** What wrangler says that the upload would weigh, in kB compressed. */
async function weigh(...options: readonly string[]): Promise<number> {
  const said = stripVTControlCharacters(await runWrangler(["deploy", "--dry-run", "--minify", ...options]));
  return Number(/gzip: ([\d.]+) KiB/.exec(said)?.[1]) * 1.024;
}

describe("what would be uploaded", () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bundle-"));
  let whole = 0;
  let product = 0;
  let code = "";
  let metafile: {
    readonly outputs: Readonly<Record<string, { readonly imports: readonly { readonly path: string }[] }>>;
  };

  beforeAll(async () => {
    const stand = fileURLToPath(new URL("no-console.ts", import.meta.url));
    [whole, product] = await Promise.all([
      weigh("--outdir", folder, "--metafile", join(folder, "meta.json")),
      weigh("--outdir", join(folder, "product"), ...ofConsole.flatMap((name) => ["--alias", `${name}:${stand}`])),
    ]);
    code = readFileSync(join(folder, "main.js"), "utf8");
    metafile = JSON.parse(readFileSync(join(folder, "meta.json"), "utf8"));
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  test(`weighs at most ${mostKilobytes} kB without the console`, () => {
    console.log(
      `The Worker weighs ${product.toFixed(1)} kB compressed without the console, ${whole.toFixed(1)} kB with it.`,
    );
    expect(product).toBeGreaterThan(20);
    expect(product).toBeLessThanOrEqual(mostKilobytes);
  });

  test(`has a console of at most ${mostOfConsole} kB`, () => {
    expect(whole - product).toBeGreaterThan(20);
    expect(whole - product).toBeLessThanOrEqual(mostOfConsole);
  });

  test("has no module of Node's in it, and asks for none", () => {
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
    expect(new Set(imports)).toEqual(new Set(["cloudflare:workers"]));
    // Where there is a process, hono/jsx asks it for this one; here there is none.
    const bare = code.replaceAll('"node:async_hooks"', "");
    expect(bare.match(/\brequire\(\s*["'`][^"'`]+["'`]\s*\)|["'`]node:\w+["'`]/g)).toBeNull();
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
