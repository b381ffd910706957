/** What of the outbound promises is not measured but tested: where, and by which command. */

import type { Measure, Row } from "../measure.ts";

const tested: readonly (readonly [measure: string, against: string, path: string, reach: string])[] = [
  [
    "warm-up: 400 simulated days, DST, a zone that skips midnight, a clock that steps back",
    "none has it",
    "--project unit packages/outbound/src/quota/send-quota-years.test.ts",
    "no day above its limit",
  ],
  [
    "two schedulers on one lease, one stalled past its life",
    "–",
    "--project faults test/faults/lease.test.ts",
    "no overlap, stale writes refused",
  ],
  [
    "SMTP: 500 messages from 4 processes over three days, kill -9 at random",
    "–",
    "--project faults test/faults/smtp.test.ts",
    "accepted = the most that is allowed, less those in flight",
  ],
  [
    "half-open breaker of several processes on one backend: probes, also where one that probes is killed",
    "opossum: each process its own",
    "--project faults test/faults/breaker.test.ts",
    "no more than are counted, in all of them",
  ],
  [
    "Retry-After and RateLimit fields of every draft: malformed, contradicting, 64 kB long",
    "undici's retry: clamped to 30 s; ky: Retry-After and old fields",
    "--project unit packages/outbound/src/headers",
    "a stated rule for each",
  ],
  [
    "a wrong limit, a shrinking one, a foreign client, punishments, in virtual time",
    "none adapts",
    "--project unit packages/outbound/src/adapting",
    "the goodput above, bounded 429s",
  ],
];

export const tests: Measure = async () => ({
  rows: tested.map(([measure, against, path, reach]): Row => {
    return { measure, against, measured: `tested: npm run vitest -- run ${path}`, reach };
  }),
  raw: ["what is tested, not measured, has no numbers here"],
});
