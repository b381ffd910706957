/** What is in this workspace: its packages with their manifests, and its source files with their text. */

import { existsSync, globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface SourceFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly exports?: Readonly<Record<string, string | Record<string, string>>> };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export interface WorkspacePackage {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Paths from the root that match a pattern, without what was installed, built or cached. */
export function paths(pattern: string): string[] {
  const generated = /(^|\/)(node_modules|dist|coverage|\.[a-z]+)\//;
  return globSync(pattern, { cwd: root, exclude: (path) => path === "node_modules" || path === "dist" })
    .filter((path) => !generated.test(path))
    .sort();
}

export function read(path: string): string {
  return readFileSync(root + path, "utf8");
}

export function exists(path: string): boolean {
  return existsSync(root + path);
}

export function sources(pattern: string): SourceFile[] {
  return paths(pattern).map((path) => ({ path, text: read(path) }));
}

/** Packages of one or all of the three houses. */
export function packages(house: "packages" | "apps" | "test" | "*" = "*"): WorkspacePackage[] {
  return paths(`${house}/*/package.json`).map((path) => ({
    folder: path.slice(0, -"/package.json".length),
    manifest: JSON.parse(read(path)),
  }));
}

/** The packages that are shipped. */
export const shipped: readonly WorkspacePackage[] = packages("packages").filter(({ manifest }) => !manifest.private);

/** The entries of a package that are code: `["@sluice/core/engine", "./src/engine/index.ts"]`. */
export function entries({ manifest }: WorkspacePackage): [specifier: string, source: string][] {
  return Object.entries(manifest.exports ?? {})
    .filter(([, source]) => source.endsWith(".ts"))
    .map(([entry, source]) => [manifest.name + entry.slice(1), source]);
}

export const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path);
