import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { succeed } from "../command.ts";
import { entries, type Manifest, packages, root, shipped, type WorkspacePackage } from "../workspace.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-tarballs-"));
const modules = join(folder, "node_modules");
/** Node knows no modules of Workers; the entry is only looked at, not run. */
const platform = `import { registerHooks } from "node:module";
  const url = "data:text/javascript,export class DurableObject {}";
  const resolve = (name, context, next) => name.startsWith("cloudflare:") ? { url, shortCircuit: true } : next(name, context);
  registerHooks({ resolve });`;
/** Each after the siblings that it needs. */
const inOrder = shipped.toSorted((a, b) => siblingsOf(a).length - siblingsOf(b).length);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("packages", () => {
  it("are built, and publint and attw have nothing to say", async () => {
    await succeed("turbo", ["run", "build", "--output-logs=errors-only"]);
  });
});

describe.each(inOrder.map((pkg) => [pkg.manifest.name, pkg] as const))("the tarball of %s", (name, pkg) => {
  const installed = join(modules, name);
  const manifest = (): Manifest => JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));

  it("is packed and unpacked where a user would have it", async () => {
    const tarball = join(folder, `${pkg.folder.replaceAll("/", "-")}.tgz`);
    await succeed("pnpm", ["pack", "--out", tarball], pkg.folder);
    mkdirSync(installed, { recursive: true });
    await succeed("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
  });

  it("holds what was built, the manifest, the readme, the licence and the migrations of its tables", async () => {
    const files = (await succeed("find", [installed, "-type", "f", "-printf", "%P\\n"])).split("\n");
    const migrations = existsSync(join(root, pkg.folder, "migrations"))
      ? readdirSync(join(root, pkg.folder, "migrations"), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => relative(join(root, pkg.folder), join(entry.parentPath, entry.name)))
      : [];
    const others = ["LICENSE", "README.md", "package.json", ...migrations];
    expect(files.filter((file) => !file.startsWith("dist/")).sort()).toEqual(others.sort());
    expect(files.filter((file) => /^dist\/.*(\.test\.|(?<!\.d)\.ts$)/.test(file))).toEqual([]);
  });

  it("has exports whose files exist, and nothing of the workspace in its manifest", () => {
    const { exports = {}, publishConfig: _left, ...rest } = manifest();
    const targets = Object.values<string | Record<string, string>>(exports).flatMap((target) =>
      typeof target === "string" ? target : Object.values(target),
    );
    expect(exports).toEqual(pkg.manifest.publishConfig?.exports);
    expect(targets.filter((file) => !existsSync(join(installed, file)))).toEqual([]);
    expect(JSON.stringify(rest)).not.toMatch(/workspace:|catalog:/);
  });

  it.each(entries(pkg))("exports from %s what the source exports", async (specifier, source) => {
    const { dependencies = {}, peerDependencies = {} } = pkg.manifest;
    link(pkg.folder, Object.keys({ ...dependencies, ...peerDependencies }));
    const script = `${platform}\nconsole.log(JSON.stringify(Object.keys(await import("${specifier}")).sort()))`;
    writeFileSync(join(folder, "names.mjs"), script);
    const names = JSON.parse(await succeed("node", [join(folder, "names.mjs")]));
    expect(names).toEqual(Object.keys(await import(join(root, pkg.folder, source))).sort());
  });
});

function siblingsOf({ manifest }: WorkspacePackage): string[] {
  return Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith("@sluice/"));
}

/** Gives the unpacked packages what they need and their siblings, as an install would. */
function link(from: string, names: readonly string[]): void {
  const siblings = packages("packages").map(({ manifest }) => manifest.name);
  for (const name of names.filter((peer) => !siblings.includes(peer) && !existsSync(join(modules, peer)))) {
    mkdirSync(join(modules, name, ".."), { recursive: true });
    symlinkSync(join(root, from, "node_modules", name), join(modules, name));
  }
}
