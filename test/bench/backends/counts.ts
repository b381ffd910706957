/** Speed means nothing if the counts are wrong. */

import { strictEqual } from "node:assert";
import { type Backend, perHour, policy } from "@sluice/core";

/** Throws unless 60 an hour admit 60 of 200 that are asked for at once. */
export async function checkCounts(backend: Backend): Promise<void> {
  const charge = { policy: policy("counted", perHour(60)), key: "key", cost: 1 };
  const outcomes = await Promise.all(Array.from({ length: 200 }, () => backend.consume([charge])));
  strictEqual(outcomes.filter(({ allowed }) => allowed).length, 60, `${backend.name} admits 60 of 200`);
}
