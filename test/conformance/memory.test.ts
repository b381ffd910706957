import { memory } from "@sluice/core/memory";
import { conformance, fakeClock, histories, table } from "@sluice/core/testing";
import { afterAll, describe, expect, it } from "vitest";

const clock = fakeClock();
const subject = { make: () => memory({ clock }), clock };
const suite = await conformance(subject);
const random = await histories(subject);

describe("memory", () => {
  // What is not claimed is named under the table at the end.
  const claimed = [...suite.entries, ...random].filter(({ skip }) => skip === undefined);
  for (const { name, run } of claimed) it(name, run);

  it("claims everything that a process can", () => {
    const reasons = suite.tallies().flatMap(({ notClaimed }) => notClaimed.map(({ reason }) => reason));
    expect(new Set(reasons)).toEqual(new Set(["its round trips are not counted"]));
  });
});

// Far fewer keys than the crowd that comes: what is evicted must not become fresh.
const small = await conformance({ name: "memory of 20 keys", make: () => memory({ clock, maxKeys: 20 }), clock });

describe("memory that has to forget", () => {
  const entries = small.entries.filter(({ name }) =>
    name.endsWith("lets no crowd of other keys make a spent key fresh"),
  );
  for (const { name, run } of entries) it(name, run);
});

afterAll(() => console.log(table(suite.tallies())));
