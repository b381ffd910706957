import { memory } from "@sluice/core/memory";
import { noop } from "@sluice/core/noop";
import { expect, test } from "vitest";
import { standingsOf } from "./standings.ts";

test("each place tells where it counts, and whether it is on and answers", async () => {
  const failing = { sinceMs: 5, code: "SLUICE_BACKEND_FAILED" };
  let trouble: typeof failing | undefined;
  let isEmbedded = false;
  const standings = standingsOf([
    { title: "Quotas", limiters: ["api"], backend: noop(), offBy: "RATE_LIMIT_BACKEND=noop" },
    { title: "Others", limiters: [], backend: noop() },
    { title: "Safety", limiters: ["ip"], backend: () => (isEmbedded ? memory() : noop()), failing: () => trouble },
  ]);
  const off = { isEnabled: false, backend: "noop", scope: "none", exact: false };
  expect(await standings()).toEqual([
    { title: "Quotas", limiters: ["api"], ...off, because: "RATE_LIMIT_BACKEND=noop" },
    { title: "Others", limiters: [], ...off, because: "the backend noop counts nothing" },
    { title: "Safety", limiters: ["ip"], ...off, because: "the backend noop counts nothing" },
  ]);
  isEmbedded = true;
  trouble = failing;
  expect((await standings())[2]).toEqual({
    ...{ title: "Safety", limiters: ["ip"], isEnabled: true, backend: "memory", scope: "process", exact: true },
    failing,
  });
});
