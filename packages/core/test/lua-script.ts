/** Makes src/remote/lua/script.ts of the .lua files beside it: one text in few bytes, and the SHA-1 of each of its forms. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** The parts of the script behind its clock, in their order. */
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
  const sources = new Map(["clock", "test-clock", ...parts].map((name) => [name, read(name)]));
  const names = shortNames([...sources.values()].join("\n"));
  const minified = (...files: readonly string[]): string =>
    joined(tokens(files.map((file) => sources.get(file)).join("\n")).map((token) => names.get(token) ?? token));

  const [clock, testClock, body] = [minified("clock"), minified("test-clock"), minified(...parts)];
  const script = (line: string, time: string): string =>
    `{ text: ${line ? "upstashLine + " : ""}${time === clock ? "clock" : "testClock"} + body, sha: "${sha1(`${line}${time} ${body}`)}" }`;
  return `/** The Lua script in its forms. Made of the .lua files beside it by \`vitest run -u packages/core/src/remote/lua\`. */

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
  ${JSON.stringify(body)};

export const redisScripts: Scripts = {
  shipped: ${script("", clock)},
  test: ${script("", testClock)},
};

export const upstashScripts: Scripts = {
  shipped: ${script(upstashLine, clock)},
  test: ${script(upstashLine, testClock)},
};
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
