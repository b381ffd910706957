import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Backend, Clock } from "@sluice/core/engine";
import { conformance, fakeClock, histories } from "@sluice/core/testing";
import { describe, it } from "vitest";

// The backend that the document shows is proven as it stands there.
const document = readFileSync(new URL("../../docs/backends/writing-your-own.md", import.meta.url), "utf8");
const code = document.match(/```ts\n([\s\S]*?export function plain[\s\S]*?)```/)?.[1];
const cache = new URL(".cache/", import.meta.url);
mkdirSync(cache, { recursive: true });
writeFileSync(new URL("plain.ts", cache), code ?? "");
const { plain }: { plain: (clock: Clock) => Backend } = await import(new URL("plain.ts", cache).href);

const clock = fakeClock();
const subject = { make: () => plain(clock), clock, algorithms: ["fixed-window"] as const };
const suite = await conformance(subject);
const random = await histories(subject);

describe("the backend of docs/backends/writing-your-own.md", () => {
  const claimed = [...suite.entries, ...random].filter(({ skip }) => skip === undefined);
  for (const { name, run } of claimed) it(name, run);
});
