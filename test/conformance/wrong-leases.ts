/** Backends whose leases are wrong in one way each. */

import { type Backend, checkLease, type LeaseRequest } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import type { FakeClock } from "@sluice/core/testing";

const moment: Promise<void> = Promise.resolve();

interface Lease {
  readonly fence: number;
  readonly until: number;
  readonly note: string;
}

/** Where a backend goes its own way. */
interface Ways {
  readonly nameOf?: (name: string) => string;
  readonly check?: (request: LeaseRequest) => void;
  /** Whether a take or a renewal is granted. */
  readonly grants?: (right: boolean, lease: Lease, request: LeaseRequest, now: number) => boolean;
  readonly mint?: (lease: Lease, now: number) => number;
  readonly until?: (now: number, ttlMs: number) => number;
  readonly note?: (lease: Lease, request: LeaseRequest, now: number) => string;
  /** What a look does. */
  readonly looked?: (lease: Lease, now: number) => Lease;
  /** What is between looking and writing. */
  readonly wait?: Promise<void>;
}

function leasing(clock: FakeClock, ways: Ways): Backend & { readonly names: Map<string, Lease> } {
  const names = new Map<string, Lease>();
  const { nameOf = (name) => name, check = checkLease, grants = (right) => right } = ways;
  const { mint = (lease, now) => Math.max(lease.fence + 1, now), until = (now, ttlMs) => now + ttlMs } = ways;
  const decide = (request: LeaseRequest, now: number, found: Lease) => {
    const lease = request.verb === "look" && ways.looked ? ways.looked(found, now) : found;
    const held = lease.until > now;
    const right =
      request.verb === "renew"
        ? held && request.fence === lease.fence
        : request.verb === "look" || (request.after === undefined ? !held : request.after === lease.fence);
    const granted = request.verb === "look" || grants(right, lease, request, now);
    let next = lease;
    if (granted && request.verb !== "look") {
      const kept = request.note ?? lease.note;
      const note = ways.note ? ways.note(lease, request, now) : kept;
      const fence = request.verb === "take" ? mint(lease, now) : lease.fence;
      next = { fence, until: until(now, request.ttlMs), note };
    }
    const answer = { granted, fence: next.fence, leftMs: Math.max(0, next.until - now), note: next.note };
    return { next, changed: next !== found, answer };
  };
  const found = (request: LeaseRequest): Lease => names.get(nameOf(request.name)) ?? { fence: 0, until: 0, note: "" };
  return {
    ...memory({ clock }),
    names,
    lease(request) {
      check(request);
      const { next, changed, answer } = decide(request, clock.now(), found(request));
      const write = () => {
        if (changed) names.set(nameOf(request.name), next);
        return answer;
      };
      return ways.wait ? ways.wait.then(write) : write();
    },
  };
}

/** Begins to count anew where a lease has ended, as a key with an expiry does. */
export function forgetsFences(clock: FakeClock): Backend {
  return leasing(clock, { mint: (lease, now) => (lease.until > now ? lease.fence + 1 : now > 0 ? 1 : 0) });
}

/** Mints the instant, wherever the clock was before. */
export function mintsInstants(clock: FakeClock): Backend {
  return leasing(clock, { mint: (_, now) => now });
}

/** Counts from one, so that a state that was lost begins with fences that were given. */
export function countsFromOne(clock: FakeClock): Backend {
  return leasing(clock, { mint: ({ fence }) => fence + 1 });
}

/** Renews for whoever asks. */
export function renewsForAnybody(clock: FakeClock): Backend {
  return leasing(clock, {
    grants: (right, lease, { verb }, now) => right || (verb === "renew" && lease.until > now),
  });
}

/** Renews what has ended, as long as nobody else took it. */
export function renewsTooLate(clock: FakeClock): Backend {
  return leasing(clock, {
    grants: (right, lease, request) =>
      right || (request.verb === "renew" && request.fence === lease.fence && lease.fence > 0),
  });
}

/** Gives a held name to whoever asks. */
export function takesWhatIsHeld(clock: FakeClock): Backend {
  return leasing(clock, { grants: (right, _, request) => right || (request.verb === "take" && !("after" in request)) });
}

/** Gives a name a millisecond before its time is over. */
export function takesTooEarly(clock: FakeClock): Backend {
  return leasing(clock, {
    grants: (right, lease, request, now) =>
      right || (request.verb === "take" && request.after === undefined && lease.until - 1 <= now),
  });
}

/** Asks of a take only whether the name is free. */
export function ignoresAfter(clock: FakeClock): Backend {
  return leasing(clock, {
    grants: (right, lease, { verb }, now) => (verb === "take" ? lease.until <= now : right),
  });
}

/** Refuses a take after a fence while the name is held. */
export function replacesNobody(clock: FakeClock): Backend {
  return leasing(clock, {
    grants: (right, lease, { verb }, now) => right && (verb !== "take" || lease.until <= now),
  });
}

/** Drops the note with the lease. */
export function dropsNotes(clock: FakeClock): Backend {
  return leasing(clock, {
    looked: (lease, now) => (lease.until > now ? lease : { ...lease, note: "" }),
    note: (lease, request, now) => ("note" in request && request.note) || (lease.until > now ? lease.note : ""),
  });
}

/** Takes a missing note for an empty one. */
export function emptiesNotes(clock: FakeClock): Backend {
  return leasing(clock, { note: (_, request) => ("note" in request && request.note) || "" });
}

/** Takes an empty note for a missing one. */
export function keepsEmptiedNotes(clock: FakeClock): Backend {
  return leasing(clock, { note: (lease, request) => ("note" in request && request.note) || lease.note });
}

/** Counts looks. */
export function mintsLooks(clock: FakeClock): Backend {
  return leasing(clock, { looked: (lease) => (lease.fence > 0 ? { ...lease, fence: lease.fence + 1 } : lease) });
}

/** Holds names for whole seconds. */
export function holdsForSeconds(clock: FakeClock): Backend {
  return leasing(clock, { until: (now, ttlMs) => now + Math.ceil(ttlMs / 1_000) * 1_000 });
}

/** Looks, waits for its database, and writes. */
export function takesRacily(clock: FakeClock): Backend {
  return leasing(clock, { wait: moment });
}

/** Cuts names at 255 characters. */
export function truncatesNames(clock: FakeClock): Backend {
  return leasing(clock, { nameOf: (name) => name.slice(0, 255) });
}

/** Writes names as UTF-8, in which lone surrogates are all the same. */
export function encodesNames(clock: FakeClock): Backend {
  return leasing(clock, { nameOf: (name) => name.replaceAll(/\p{Cs}/gu, "\ufffd") });
}

/** Keeps leases among the counters, so that a reset frees a name. */
export function resetsLeases(clock: FakeClock): Backend {
  const { names, ...inner } = leasing(clock, {});
  return {
    ...inner,
    reset(identity) {
      inner.reset?.(identity);
      for (const name of names.keys()) if (name.endsWith(identity.key)) names.delete(name);
    },
  };
}

/** Does what it is asked, whatever it is. */
export function checksNothing(clock: FakeClock): Backend {
  return leasing(clock, { check: () => {} });
}
