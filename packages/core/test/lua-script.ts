/** Makes src/remote/lua/script.ts of the .lua files beside it: two texts in few bytes, and the SHA-1 of each of their forms. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** The parts of the script that decides charges behind its clock, in their order; leases have one of their own. */
const parts = [
  "plain-buckets",
  "words",
  "token-bucket",
  "window",
  "sliding-window",
  "sliding-log",
  "reading",
  "deciding",
  "writing",
];

/** What Upstash needs to lock the keys of a call and not the whole database. */
const upstashLine = "#!lua flags=allow-key-locking\n";

/** Names that mean something to Lua or to Redis; every other name is ours, and is shortened. */
const known = new Set(
  [
    "and break do else elseif end false for function if in local nil not or repeat return then true until while",
    "redis call error_reply KEYS ARGV ipairs tonumber type unpack",
    "math ceil floor huge max min string find format gmatch match sub table concat remove",
  ].flatMap((line) => line.split(" ")),
);

/** The whole of script.ts. */
export function scriptModule(): string {
  const sources = new Map(["clock", "test-clock", "lease", ...parts].map((name) => [name, read(name)]));
  const names = shortNames([...sources.values()].join("\n"));
  const minified = (...files: readonly string[]): string =>
    joined(tokens(files.map((file) => sources.get(file)).join("\n")).map((token) => names.get(token) ?? token));

  const [clock, testClock] = [minified("clock"), minified("test-clock")];
  const texts = { body: minified(...parts), lease: minified("lease") };
  const script = (line: string, time: "clock" | "testClock", body: keyof typeof texts): string => {
    const sha = sha1(`${line}${time === "clock" ? clock : testClock} ${texts[body]}`);
    return `{ text: ${line && "upstashLine + "}${time} + ${body}, sha: "${sha}" }`;
  };
  const scripts = (name: string, line: string, body: keyof typeof texts): string => `export const ${name}: Scripts = {
  shipped: ${script(line, "clock", body)},
  test: ${script(line, "testClock", body)},
};`;
  return `/** The Lua scripts in their forms. Made of the .lua files beside it by \`vitest run -u packages/core/src/remote/lua\`. */

import type { Script } from "../scripted-runner.ts";

/** A script that goes by the server's clock, and one that takes the instant from a test. */
export interface Scripts {
  readonly shipped: Script;
  readonly test: Script;
}

const upstashLine = ${JSON.stringify(upstashLine)};
const clock = ${JSON.stringify(`${clock} `)};
const testClock = ${JSON.stringify(`${testClock} `)};
const body =
  ${JSON.stringify(texts.body)};
const lease =
  ${JSON.stringify(texts.lease)};

${scripts("redisScripts", "", "body")}

${scripts("redisLease", "", "lease")}

${scripts("upstashScripts", upstashLine, "body")}

${scripts("upstashLease", upstashLine, "lease")}
`;
}

function read(name: string): string {
  return readFileSync(new URL(`../src/remote/lua/${name}.lua`, import.meta.url), "utf8");
}

function tokens(text: string): string[] {
  return text.replaceAll(/--.*$/gm, "").match(/'[^']*'|[A-Za-z_]\w*|\d+|\.\.|[=~<>]=|\S/g) ?? [];
}

/** A short name for each of ours, the same one everywhere: so no two become one, whatever their scopes. */
function shortNames(text: string): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  for (const token of tokens(text)) {
    if (/^[A-Za-z_]/.test(token) && !known.has(token)) counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  const letters = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const free = [...letters, ...letters.flatMap((a) => letters.map((b) => a + b))].filter((name) => !known.has(name));
  const ours = [...counts].toSorted(([, a], [, b]) => b - a).map(([name]) => name);
  return new Map(ours.map((name, i) => [name, free[i] as string]));
}

/** Tokens as one line, with spaces only where two would grow together. */
function joined(all: readonly string[]): string {
  return all.reduce((text, token) => text + (/\w$/.test(text) && /^\w/.test(token) ? " " : "") + token, "");
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}
