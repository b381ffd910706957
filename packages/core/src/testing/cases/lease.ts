/** Cases about leases: one holder at a time, and a number that only grows. */

import type { Case } from "../case.ts";
import { holds, same } from "../conformance-error.ts";
import { hourMs, look, once, refused, renew, stands, take, taken, ttlMs } from "./lease-asking.ts";

export const lease: readonly Case[] = [
  {
    ...once,
    name: "a name has one holder, until exactly the end of its time",
    needs: ["lease", "clock"],
    async run(t) {
      await stands("a look at a name never taken", look(t), { granted: true, fence: 0, leftMs: 0, note: "" });
      const first = await take(t);
      same("granted and leftMs of a take", [first.granted, first.leftMs], [true, ttlMs]);
      holds("its fence is above 0", Number.isSafeInteger(first.fence) && first.fence > 0, first.fence);
      const held = { granted: false, fence: first.fence, note: "" };
      await stands("another take", take(t), { ...held, leftMs: ttlMs });
      await t.advance(ttlMs - 1);
      await stands("a take in the last millisecond", take(t, { ttlMs: hourMs }), { ...held, leftMs: 1 });
      await t.advance(1);
      await stands("a look at the end", look(t), { granted: true, fence: first.fence, leftMs: 0, note: "" });
      const next = await take(t, { ttlMs: 1 });
      same("granted and leftMs at the end", [next.granted, next.leftMs], [true, 1]);
      holds("its fence is larger", next.fence > first.fence, next.fence);
    },
  },
  {
    ...once,
    name: "a fence grows with every take, after a release and after an end as well",
    needs: ["lease", "clock"],
    async run(t) {
      const fences: number[] = [];
      for (let i = 0; i < 3; i++) {
        const fence = await taken(t, "a take of a free name");
        fences.push(fence);
        same("a release", (await renew(t, fence, { ttlMs: 0 })).granted, true);
      }
      for (let i = 0; i < 3; i++) {
        fences.push(await taken(t, "a take after an end", { ttlMs: 1 }));
        await t.advance(i === 1 ? 40 * 24 * hourMs : 1);
      }
      const grows = fences.every((fence, i) => i === 0 || fence > Number(fences[i - 1]));
      holds("fences grow", grows, fences);
      holds("a fence is at least the instant of its minting", Number(fences[0]) >= t.now() - 41 * 24 * hourMs, fences);
    },
  },
  {
    ...once,
    name: "a lease is renewed by the holder of its fence alone",
    needs: ["lease", "clock"],
    async run(t) {
      await refused("a renewal of a name never taken", renew(t, 0), 0);
      const fence = await taken(t, "a take");
      await t.advance(4_000);
      for (const other of [fence - 1, fence + 1, 0]) {
        await refused(`a renewal by fence ${other - fence} beside it`, renew(t, other), fence);
        await refused(`a release by fence ${other - fence} beside it`, renew(t, other, { ttlMs: 0 }), fence);
      }
      same("leftMs after refused renewals", (await look(t)).leftMs, 6_000);
      const renewed = await renew(t, fence);
      same("a renewal", [renewed.granted, renewed.fence, renewed.leftMs], [true, fence, ttlMs]);
      const shorter = await renew(t, fence, { ttlMs: 500 });
      same("a renewal for less", [shorter.granted, shorter.leftMs], [true, 500]);
      await t.advance(499);
      same("a renewal in the last millisecond", (await renew(t, fence)).granted, true);
      await t.advance(ttlMs);
      await refused("a renewal at the end", renew(t, fence), fence);
      same("leftMs after it", (await look(t)).leftMs, 0);
    },
  },
  {
    ...once,
    name: "a release ends a lease at once, and once",
    needs: ["lease"],
    async run(t) {
      const fence = await taken(t, "a take", { ttlMs: hourMs });
      const released = await renew(t, fence, { ttlMs: 0 });
      same("a release", [released.granted, released.fence, released.leftMs], [true, fence, 0]);
      await refused("a second release", renew(t, fence, { ttlMs: 0 }), fence);
      await refused("a renewal after it", renew(t, fence), fence);
      const next = await taken(t, "a take after it", { ttlMs: hourMs });
      holds("the next fence is larger", next > fence, next);
      await refused("the old holder's release", renew(t, fence, { ttlMs: 0 }), next);
    },
  },
  {
    ...once,
    name: "a take after a fence is granted while that is the last, held or not",
    needs: ["lease"],
    async run(t) {
      const first = await taken(t, "a take after none", { after: 0, ttlMs: hourMs });
      await refused("a take after none, of a name that was taken", take(t, { after: 0 }), first);
      await refused("a take after a later fence", take(t, { after: first + 1 }), first);
      const second = await taken(t, "a take after the fence of the holder", { after: first, ttlMs: hourMs });
      holds("its fence is larger", second > first, second);
      await refused("the old holder's renewal", renew(t, first), second);
      await refused("a take after the old fence", take(t, { after: first }), second);
      await refused("a take without", take(t), second);
      same("a release", (await renew(t, second, { ttlMs: 0 })).granted, true);
      await refused("a take after the old fence of a free name", take(t, { after: first }), second);
      await taken(t, "a take after the last fence of a free name", { after: second });
    },
  },
  {
    ...once,
    name: "a note is kept after the end, and as it was where none is given",
    needs: ["lease", "clock"],
    async run(t) {
      const note = `{"at":1}\n"\\\0\u00e9\u{1f600}`;
      const first = await take(t, { note });
      same("the note of a take", first.note, note);
      same("the note of a refused take", (await take(t, { note: "mine" })).note, note);
      same("the note of a renewal without", (await renew(t, first.fence)).note, note);
      await refused("a renewal with a note by another fence", renew(t, first.fence + 1, { note: "x" }), first.fence);
      await t.advance(ttlMs);
      same("the note after the end", (await look(t)).note, note);
      const second = await take(t);
      same("the note of a take without", second.note, note);
      same("the note of a renewal", (await renew(t, second.fence, { note: "next" })).note, "next");
      same("the note of a release", (await renew(t, second.fence, { ttlMs: 0, note: "" })).note, "");
      same("the note at last", (await look(t)).note, "");
      const longest = "\u00e9".repeat(4_096);
      same("the longest note", (await take(t, { note: longest })).note === longest, true);
      same("the longest note, later", (await look(t)).note === longest, true);
    },
  },
  {
    ...once,
    name: "whoever comes back to a name that nobody has taken for long is not its holder",
    needs: ["lease", "clock"],
    async run(t) {
      const month = 30 * 24 * hourMs;
      const first = await taken(t, "a take for a month", { ttlMs: month, note: "kept" });
      await t.advance(month - 1);
      await stands("a look in its last millisecond", look(t), { granted: true, fence: first, leftMs: 1, note: "kept" });
      // It may be forgotten by now or not: nobody can rely on either.
      await t.advance(2 * month);
      same("granted to its old holder", (await renew(t, first)).granted, false);
      const { fence, note } = await look(t);
      const known = fence === first ? "kept" : fence === 0 ? "" : "neither kept nor forgotten";
      same("its note", note, known);
      const second = await taken(t, "a take after what was seen", { after: fence, ttlMs: hourMs });
      holds("its fence is larger than the one before", second > first, second);
      await refused("the old holder's take after its fence", take(t, { after: first }), second);
      await refused("a take after what was seen, done twice", take(t, { after: fence }), second);
      await refused("the old holder's renewal", renew(t, first), second);
    },
  },
  {
    ...once,
    name: "a look changes nothing",
    needs: ["lease", "clock"],
    async run(t) {
      for (let i = 0; i < 3; i++) await look(t);
      const fence = await taken(t, "a take after looks", { after: 0, note: "kept" });
      for (const leftMs of [ttlMs, ttlMs - 1_000, ttlMs - 2_000]) {
        await stands("a look", look(t), { granted: true, fence, leftMs, note: "kept" });
        await t.advance(1_000);
      }
      await refused("a take after looks", take(t), fence);
    },
  },
];
