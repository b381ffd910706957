/** Which folder of a package may import which: the arrows of docs/architecture.md as tables and their check. */

import { posix } from "node:path";
import type { SourceFile } from "./workspace.ts";

/** For each folder of src the folders, single files and packages that it may import, beside itself. */
export type Arrows = Readonly<Record<string, readonly string[]>>;

export const coreArrows: Arrows = {
  engine: [],
  algorithms: ["engine"],
  resilience: ["engine"],
  http: ["engine"],
  remote: ["engine", "algorithms", "resilience"],
  backends: ["engine", "algorithms", "resilience", "remote", "cloudflare:workers", "@upstash/redis"],
  limiters: ["engine", "http"],
  middleware: ["engine", "algorithms", "resilience", "http", "limiters", "backends/memory.ts", "hono"],
  testing: ["engine", "algorithms"],
};

const engine = "@sluice/core/engine";

/** Limits, quotas, batches, leases and clients know core's engine and nothing else of it. */
export const outboundArrows: Arrows = {
  time: [engine],
  records: ["time", engine],
  metrics: ["time", engine],
  limits: ["time", "records", "metrics", engine],
  quota: ["limits", "time", "records", "metrics", engine],
  batch: ["limits", "time", engine],
  lease: ["time", "records", "metrics", engine],
  headers: [engine],
  breaker: ["time", "records", "metrics", engine],
  adapting: ["limits", "time", "records", "metrics", engine],
  client: ["adapting", "breaker", "headers", "limits", "time", "records", "metrics", engine],
};

/** Files beside the folders, which several of them stand on. */
const rooms = [
  "base64url.ts",
  "to-console.ts",
  "database.ts",
  "directory.ts",
  "schema.ts",
  "schema-plans.ts",
  "schema-records.ts",
  "drizzle-orm",
];

/** SQL, rules, what is counted meanwhile, and the ways in: API and pages know nothing of the database, nor of each other. */
export const consoleArrows: Arrows = {
  records: [...rooms, "admin/decisions-admin.ts", "recording/waiting-rows.ts"],
  plans: ["records", ...rooms, "@sluice/core"],
  recording: ["records", "plans", "admin/decisions-admin.ts", ...rooms, "@sluice/core", "@sluice/outbound"],
  admin: [
    "records",
    "plans",
    "recording/buckets.ts",
    "recording/recorded-user.ts",
    ...rooms,
    "@sluice/core",
    "@sluice/outbound",
    "zod",
  ],
  access: ["admin/admin-error.ts", "records", ...rooms, "@sluice/core", "hono"],
  upkeep: ["records", "plans", ...rooms, "@sluice/core"],
  telemetry: ["access/same-text.ts", "admin", "recording", "@sluice/core", "@sluice/outbound", "hono"],
  api: ["access", "admin", "@hono/zod-validator", "zod", "hono"],
  assets: ["hono", "uplot"],
  pages: ["access", "admin", "assets", "plans", "hono"],
};

/** Every import of the files that no arrow allows, as `from → to: why`. Paths start at the package's src folder. */
export function brokenArrows(files: readonly SourceFile[], arrows: Arrows = coreArrows): string[] {
  const stems = files.map(({ path }) => path).filter((path) => path.startsWith("backends/"));
  return files.flatMap(({ path, text }) => {
    const folder = folderOf(path);
    const allowed = arrows[folder];
    if (!path.includes("/")) return [];
    if (!allowed) return [`${path}: "${folder}" is not a folder of the house`];
    return imported(text).flatMap((specifier) => {
      const target = specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined;
      const why = target === undefined ? badPackage(specifier, allowed) : badFile(path, target, allowed, stems);
      return why ? [`${path} → ${specifier}: ${why}`] : [];
    });
  });
}

/** The module specifiers a file names in imports, re-exports and dynamic imports, types included; comments do not count. */
export function imported(text: string): string[] {
  const code = text.replaceAll(/^[ \t]*\/\*[\s\S]*?\*\//gm, "").replaceAll(/^[ \t]*\/\/.*$/gm, "");
  const patterns = [
    /^(?:import|export)\b[^"';]*?\bfrom\s*["']([^"']+)["']/gm,
    /^import\s*["']([^"']+)["']/gm,
    /\bimport\(\s*["']([^"']+)["']/g,
  ];
  return patterns.flatMap((pattern) => [...code.matchAll(pattern)].map((match) => match[1] ?? ""));
}

function badPackage(specifier: string, allowed: readonly string[]): string | undefined {
  const name = specifier.startsWith("@") ? specifier.split("/", 2).join("/") : (specifier.split("/")[0] ?? "");
  return allowed.includes(name) || allowed.includes(specifier) ? undefined : "no package is imported here";
}

function badFile(
  path: string,
  target: string,
  allowed: readonly string[],
  stems: readonly string[],
): string | undefined {
  const [from, to] = [folderOf(path), folderOf(target)];
  if (target.startsWith("..")) return "leaves the package";
  if (!target.includes("/")) return allowed.includes(target) ? undefined : "the package's index is for its users";
  if (from === "backends" && to === "backends") {
    return backendOf(path, stems) === backendOf(target, stems) ? undefined : "a backend imports no other backend";
  }
  return from === to || allowed.includes(to) || allowed.includes(target) ? undefined : `no arrow from ${from} to ${to}`;
}

/** memory-cells.ts is a part of memory.ts: a backend is the shortest name that the file's name starts with. */
function backendOf(path: string, all: readonly string[]): string {
  const stem = (file: string) => file.replace(/^backends\/|\.ts$/g, "");
  const candidates = all.map(stem).filter((name) => stem(path) === name || stem(path).startsWith(`${name}-`));
  return candidates.sort((a, b) => a.length - b.length)[0] ?? stem(path);
}

function folderOf(path: string): string {
  return path.split("/")[0] ?? "";
}
