import { memory } from "@sluice/core/memory";
import { conformance, fakeClock } from "@sluice/core/testing";
import { describe, it } from "vitest";
import { prove } from "./prove.ts";

const clock = fakeClock();

await prove({ make: () => memory({ clock }), clock }, { notClaimed: ["its round trips are not counted"] });

// Far fewer keys than the crowd that comes: what is evicted must not become fresh.
const small = await conformance({ name: "memory of 20 keys", make: () => memory({ clock, maxKeys: 20 }), clock });

describe("memory that has to forget", () => {
  const entries = small.entries.filter(({ name }) =>
    name.endsWith("lets no crowd of other keys make a spent key fresh"),
  );
  for (const { name, run } of entries) it(name, run);
});
