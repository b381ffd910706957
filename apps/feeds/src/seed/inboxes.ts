/** Demo inboxes in four time zones: one of each warm-up, and one that is warm. Their domain is nobody's. */

import type { WarmupPlan } from "../schema.ts";

const inboxes: readonly (readonly [timeZone: string, warmup: WarmupPlan | null])[] = [
  ["UTC", { kind: "linear", start: 5, step: 1, target: 20 }],
  ["Europe/Berlin", { kind: "exponential", start: 4, factor: 1.5, target: 20 }],
  [
    "America/New_York",
    {
      kind: "steps",
      steps: [
        { days: 3, limit: 5 },
        { days: 4, limit: 10 },
        { days: 7, limit: 20 },
      ],
    },
  ],
  ["Asia/Kolkata", null],
];

/** The rows, all made at one instant, from which their warm-ups begin. */
export function inboxRows(atMs: number) {
  return inboxes.map(([timeZone, warmup], index) => {
    const id = `news-${index + 1}`;
    const address = `${id}@feeds.example`;
    return { id, address, transport: "smtp", timeZone, warmup, warmupStartMs: atMs, createdAtMs: atMs };
  });
}
