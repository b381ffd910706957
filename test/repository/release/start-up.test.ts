import { build } from "esbuild";
import { Log, LogLevel, Miniflare } from "miniflare";
import { afterEach, describe, expect, it } from "vitest";
import { entries, root, shipped } from "../workspace.ts";

const specifiers = shipped.flatMap(entries).map(([specifier]) => specifier);
let started: Miniflare | undefined;

/** Bundles a module and boots it in workerd without Node's modules. */
async function boot(contents: string): Promise<Miniflare> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: `${root}test/repository`, loader: "ts" },
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker"],
    external: ["node:*", "cloudflare:*"],
    logLevel: "silent",
    write: false,
  });
  const worker = new Miniflare({
    log: new Log(LogLevel.NONE),
    handleStructuredLogs: () => {},
    cf: false,
    workers: [
      {
        config: {
          name: "start-up",
          compatibilityDate: "2026-11-01",
          compatibilityFlags: ["no_nodejs_compat", "no_nodejs_compat_v2"],
          manifest: {
            mainModule: "worker.js",
            modules: { "worker.js": { type: "esm", contents: outputFiles[0]?.text ?? "" } },
          },
        },
      },
    ],
  });
  try {
    await worker.ready;
  } catch (error) {
    await worker.dispose().catch(() => {}); // It repeats the error.
    throw error;
  }
  started = worker;
  return worker;
}

afterEach(async () => {
  await started?.dispose();
  started = undefined;
});

describe("in workerd, at module scope", () => {
  it("every entry is imported", async () => {
    const imports = specifiers.map((specifier, i) => `import * as entry${i} from "${specifier}";`);
    const counts = specifiers.map((specifier, i) => `"${specifier}": Object.keys(entry${i}).length`);
    const code = `${imports.join("\n")}
      const counts = { ${counts.join(", ")} };
      export default { fetch: () => Response.json({ counts, node: typeof process }) };`;
    const response = await (await boot(code)).dispatchFetch("http://localhost/");
    const { counts: names, node } = (await response.json()) as { counts: Record<string, number>; node: string };
    expect(node).toBe("undefined");
    expect(Object.keys(names)).toEqual(specifiers);
    expect(Object.values(names).every((count) => count > 0)).toBe(true);
  });

  it("backends, limiters and the middleware are built, and a request is answered", async () => {
    const worker = await boot(`export { default } from "./fixtures/worker.ts";`);
    const headers = { "cf-connecting-ip": "192.0.2.1" };
    const response = await worker.dispatchFetch("http://localhost/", { headers });
    expect(response.status).toBe(200);
    expect(response.headers.get("ratelimit")).toMatch(/;r=\d+/);
  });

  it.each([
    ["a timer", "setInterval(() => {}, 1000);"],
    ["randomness", "crypto.randomUUID();"],
    ["I/O", `await fetch("http://localhost/");`],
    ["a module of Node", `import "node:fs";`],
  ])("%s would be caught", async (_what, statement) => {
    const code = `${statement}\nexport default { fetch: () => new Response("up") };`;
    await expect(boot(code)).rejects.toThrow("Workers runtime failed to start");
  });
});
