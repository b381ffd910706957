/** What each backend adds to a bundle of the middleware, the limiters and memory, minified and gzipped; and its client. */

import { gzipped, kilobytes } from "../inbound/size.ts";
import type { Measure, Row } from "../measure.ts";

const budget = 4_000;

const base = `export { rateLimit, byIp, byUser, byFeedOwner, byKey } from "@sluice/core"; export { memory } from "@sluice/core/memory";`;

/** The backends, and how their client libraries are brought in. */
const backends: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  noop: {},
  sqlite: {},
  cloudflare: {},
  "durable-object": {},
  redis: {
    ioredis: `export { Redis } from "ioredis";`,
    redis: `export { createClient } from "redis";`,
  },
  upstash: { "@upstash/redis": `export { Redis } from "@upstash/redis";` },
};

/** Client libraries are bundled only where they are what is measured; the platforms' modules never. */
const platforms = ["cloudflare:*", "node:*"];
const libraries = ["ioredis", "redis", "@upstash/redis", "@upstash/redis/*"];

export const size: Measure = async () => {
  const rows: Row[] = [];
  const raw: string[] = [];
  const before = await gzipped(base, [...platforms, ...libraries]);
  for (const [name, clients] of Object.entries(backends)) {
    const own = `${base}export * as backend from "@sluice/core/${name}";`;
    const added = (await gzipped(own, [...platforms, ...libraries])) - before;
    const brought: string[] = [];
    for (const [client, code] of Object.entries(clients)) {
      brought.push(`${client} ${kilobytes(await gzipped(code, platforms))}`);
    }
    rows.push({
      measure: `bundle: the ${name} backend, min+gzip`,
      against: brought.length === 0 ? "no client library" : `its client: ${brought.join(", ")}`,
      measured: kilobytes(added),
      reach: `≤ ${budget / 1_000} kB`,
      met: added <= budget,
    });
    raw.push(`bundle, ${name}: ${added} B more than ${before} B`);
  }
  return { rows, raw };
};
