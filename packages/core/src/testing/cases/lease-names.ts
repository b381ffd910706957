/** Cases about the names of leases, takes at once, clocks that are set, and requests that make no sense. */

import type { LeaseRequest } from "../../engine/lease.ts";
import type { Case } from "../case.ts";
import { holds, same } from "../conformance-error.ts";
import { hostileStrings } from "./keys.ts";
import { type Details, hourMs, look, once, refused, renew, take, taken, ttlMs } from "./lease-asking.ts";

export const leaseNames: readonly Case[] = [
  {
    ...once,
    name: "any string is a name of its own",
    needs: ["lease"],
    async run(t) {
      const long = "n".repeat(10_000);
      const names = [
        ...hostileStrings().filter((text) => text.length < 1_000),
        ...[long, `${long}a`, `${long}b`, `${long}\ud800`, `${long}\ufffd`],
      ];
      const fences = new Map<string, number>();
      for (const name of names) {
        const { granted, fence } = await take(t, { name, ttlMs: hourMs, note: name.slice(0, 100) });
        same(`a take of ${JSON.stringify(name.slice(0, 40))} (${name.length}): granted`, granted, true);
        fences.set(name, fence);
      }
      for (const name of names) {
        const answer = await look(t, name);
        const shown = JSON.stringify(name.slice(0, 40));
        same(`fence of ${shown} (${name.length})`, answer.fence, fences.get(name));
        // A note is text for people and programs; what UTF-8 cannot write need not come back.
        if (!/\p{Cs}/u.test(name)) same(`note of ${shown}`, answer.note, name.slice(0, 100));
      }
    },
  },
  {
    ...once,
    name: "a lease and a counter of one name are two things",
    needs: ["lease", "reset"],
    policies: { one: { capacity: 1 } },
    async run(t) {
      const fence = await taken(t, "a take", { name: "k", ttlMs: hourMs });
      await t.admits("a charge on a key of that name", t.charge("one"));
      await t.reset("one");
      await refused("a take after a reset", take(t, { name: "k" }), fence);
      same("a release", (await renew(t, fence, { name: "k", ttlMs: 0 })).granted, true);
      same("units left", await t.left("one"), 1);
    },
  },
  {
    ...once,
    name: "of many takes at once exactly one is granted",
    needs: ["lease"],
    async run(t) {
      const race = async (what: string, details: Details<"take">): Promise<number> => {
        const asked = Array.from({ length: 24 }, () => take(t, { ttlMs: hourMs, ...details }));
        const answers = await Promise.all(asked);
        const winners = answers.filter(({ granted }) => granted);
        same(`granted of 24 ${what} at once`, winners.length, 1);
        const fence = Number(winners[0]?.fence);
        same(`the fence after 24 ${what}`, (await look(t)).fence, fence);
        return fence;
      };
      const first = await race("takes", {});
      const second = await race("takes after one fence", { after: first });
      holds("its fence is larger", second > first, second);
      same("a release", (await renew(t, second, { ttlMs: 0 })).granted, true);
      holds("the next fence is larger", (await race("takes of a free name", {})) > second);
    },
  },
  {
    ...once,
    name: "a clock that is set gives no fence twice",
    needs: ["lease", "clock"],
    async run(t) {
      const start = t.now();
      const fences = [await taken(t, "a take")];
      await t.set(start - hourMs);
      await refused("a take after a step back", take(t), Number(fences[0]));
      same("a renewal after a step back", (await renew(t, Number(fences[0]))).leftMs, ttlMs);
      await t.advance(ttlMs);
      fences.push(await taken(t, "a take at its end"));
      await t.set(start + 400 * 24 * hourMs);
      fences.push(await taken(t, "a take after a jump ahead"));
      await t.set(start);
      const [, , ahead = 0] = fences;
      same("a release after the return", (await renew(t, ahead, { ttlMs: 0 })).granted, true);
      fences.push(await taken(t, "a take after the return"));
      const grows = fences.every((fence, i) => i === 0 || fence > Number(fences[i - 1]));
      holds("fences grow", grows, fences);
    },
  },
  {
    ...once,
    name: "refuses a request that makes no sense",
    needs: ["lease"],
    async run(t) {
      const wrong: readonly unknown[] = [
        { verb: "steal" },
        { verb: undefined },
        ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 3_155_760_000_001, "1000", undefined].map((ms) => {
          return { verb: "take", ttlMs: ms };
        }),
        ...[-1, 0.5, Number.NaN, undefined].map((ms) => ({ verb: "renew", fence: 1, ttlMs: ms })),
        { verb: "take", ttlMs, note: "n".repeat(4_097) },
        { verb: "take", ttlMs, note: 7 },
        { verb: "renew", ttlMs, fence: 1, note: "n".repeat(4_097) },
        ...[-1, 0.5, Number.NaN, "1"].map((after) => ({ verb: "take", ttlMs, after })),
        ...[-1, 0.5, Number.NaN, "1", undefined].map((fence) => ({ verb: "renew", ttlMs, fence })),
      ];
      for (const request of wrong) {
        await t.refuses("SLUICE_LEASE", () => t.lease({ ...(request as LeaseRequest), name: "n" }));
      }
      for (const name of [7, undefined, null, {}]) {
        await t.refuses("SLUICE_LEASE", () => t.backend.lease?.({ name: name as string, verb: "look" }));
      }
      same("the fence after refused requests", (await look(t)).fence, 0);
    },
  },
];
