import type { Backend } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { deadline, denyCache, fallback } from "@sluice/core/resilience";
import { conformance, fakeClock, faulty, type Subject } from "@sluice/core/testing";
import { describe, it } from "vitest";
import { prove } from "./prove.ts";

const clock = fakeClock();
const notClaimed = ["its round trips are not counted"];

/** As far away as a turn of the event loop. */
function slow(inner: Backend): Backend {
  const later = async <T>(call: () => T | Promise<T>): Promise<T> => {
    await new Promise((done) => setImmediate(done));
    return call();
  };
  const { settle, consumeEach, reset, block, lease } = inner;
  return {
    ...inner,
    consume: (charges) => later(() => inner.consume(charges)),
    ...(settle && { settle: (entries) => later(() => settle.call(inner, entries)) }),
    ...(consumeEach && { consumeEach: (groups) => later(() => consumeEach.call(inner, groups)) }),
    ...(reset && { reset: (identity) => later(() => reset.call(inner, identity)) }),
    ...(block && { block: (...asked) => later(() => block.apply(inner, asked)) }),
    ...(lease && { lease: (request) => later(() => lease.call(inner, request)) }),
  };
}

/** Loses every answer, as a backend does whose connection breaks; mistakes it still finds. */
function undecided(): Backend {
  const inner = memory({ clock });
  const { faults, consume, consumeEach } = faulty(inner);
  faults.dropAnswers();
  return { ...inner, consume, ...(consumeEach && { consumeEach }) };
}

const quiet = { onChange: () => {} };

await prove({ name: "deadline", make: () => deadline(slow(memory({ clock })), 10_000), clock }, { notClaimed });

await prove(
  { name: "fallback, unused", make: () => fallback(memory({ clock }), memory({ clock })), clock },
  { notClaimed },
);

// Every decision, settlement and reset is the fallback's: it keeps in its place whatever it keeps on its own.
await prove(
  { name: "fallback, in use", make: () => fallback(undecided(), memory({ clock }), quiet), clock },
  { notClaimed },
);

// Of a history a cache answers less than its backend would, and histories of its own are in resilience/deny-cache.test.ts.
// One algorithm stands for all where nothing differs but how often it is asked.
const one = ["token-bucket"] as const;
const subjects: readonly Subject[] = [
  { name: "denyCache", make: () => denyCache(memory({ clock }), { clock }) },
  { name: "denyCache, far away", make: () => denyCache(slow(memory({ clock })), { clock }), algorithms: one },
  { name: "denyCache, full", make: () => denyCache(memory({ clock }), { clock, maxKeys: 1 }), algorithms: one },
  { name: "denyCache, patient", make: () => denyCache(memory({ clock }), { clock, maxMs: 10 ** 12 }) },
  { name: "fallback to open, unused", make: () => fallback(memory({ clock }), "open"), algorithms: one },
  { name: "fallback to closed, unused", make: () => fallback(memory({ clock }), "closed"), algorithms: one },
  {
    name: "denyCache of fallback of deadline",
    make: () => denyCache(fallback(deadline(slow(memory({ clock })), 10_000), "open"), { clock }),
    algorithms: one,
  },
];

for (const subject of subjects) {
  const suite = await conformance({ ...subject, clock });
  describe(suite.backend, () => {
    for (const { name, skip, run } of suite.entries) if (skip === undefined) it(name, run);
  });
}
