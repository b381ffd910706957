import { describe, expect, it } from "vitest";
import { entries, exists, packages, read, shipped } from "./workspace.ts";

describe("the workspace", () => {
  it("has one version for all packages", () => {
    expect([...new Set(packages("packages").map(({ manifest }) => manifest.version))]).toHaveLength(1);
  });

  it("is private, but for what is shipped", () => {
    const open = [...packages("apps"), ...packages("test")].filter(({ manifest }) => !manifest.private);
    expect(open.map(({ folder }) => folder)).toEqual([]);
  });

  it("runs pnpm and Node in the versions it pins", () => {
    const catalog = read("pnpm-workspace.yaml");
    expect(`pnpm@${/^ {2}pnpm: (.+)$/m.exec(catalog)?.[1]}`).toBe(JSON.parse(read("package.json")).packageManager);
    expect(process.versions.node).toBe(/^ {2}node: (.+)$/m.exec(catalog)?.[1]);
  });
});

describe("the image of apps/docker", () => {
  const all = packages();
  const used = new Map<string, string>();
  const use = (name: string): void => {
    const found = all.find(({ manifest }) => manifest.name === name);
    if (found === undefined || used.has(name)) return;
    used.set(name, found.folder);
    for (const each of Object.keys(found.manifest.dependencies ?? {})) use(each);
  };
  use("@sluice/docker");

  it.each([...used.values()])("is built with %s, which it comes down to", (folder) => {
    const manifest = `${folder}/package.json`;
    expect(read(".dockerignore").split("\n")).toEqual(
      expect.arrayContaining([`!${manifest}`, folder === "apps/docker" ? `!${folder}/build.mjs` : `!${folder}/src`]),
    );
    expect(read("apps/docker/Dockerfile")).toContain(`COPY ${manifest} ${folder}/\n`);
  });
});

describe.each(shipped.map((pkg) => [pkg.manifest.name, pkg] as const))("%s", (_name, pkg) => {
  it("exports the same entries in the workspace and when published", () => {
    const published = Object.fromEntries(
      Object.entries(pkg.manifest.exports ?? {}).map(([entry, source]) => {
        if (!source.endsWith(".ts")) return [entry, source];
        const built = source.replace(/^\.\/src\//, "./dist/").replace(/\.ts$/, "");
        return [entry, { types: `${built}.d.ts`, default: `${built}.js` }];
      }),
    );
    expect(pkg.manifest.publishConfig?.exports).toEqual(published);
  });

  it("has the source of every entry", () => {
    expect(entries(pkg).filter(([, source]) => !exists(`${pkg.folder}/${source}`))).toEqual([]);
  });

  it.each(entries(pkg))("exports from %s exactly the recorded names", async (specifier, source) => {
    const names = Object.keys(await import(new URL(`../../${pkg.folder}/${source}`, import.meta.url).href)).sort();
    await expect(`${names.join("\n")}\n`).toMatchFileSnapshot(
      `recorded/${specifier.replace(/^@/, "").replaceAll("/", "-")}.txt`,
    );
  });

  it("has no dependencies beside its siblings, but for those that the console checks its bodies with", () => {
    const others = Object.keys(pkg.manifest.dependencies ?? {}).filter((name) => !name.startsWith("@sluice/"));
    expect(others).toEqual(pkg.manifest.name === "@sluice/console" ? ["@hono/zod-validator", "zod"] : []);
  });
});
