/** Backends whose blocks are wrong in one way each. */

import type { Backend, BlockOptions, Charge, Identity, Outcome } from "@sluice/core/engine";
import { type MemoryBackend, memory } from "@sluice/core/memory";
import type { FakeClock } from "@sluice/core/testing";

const moment: Promise<void> = Promise.resolve();
const nameOf = ({ policy: { name }, shard, key }: Identity): string => JSON.stringify([name, shard ?? null, key]);

type Blocked = (inner: MemoryBackend, identity: Identity, forMs: number, options?: BlockOptions) => void;

function blocking(clock: FakeClock, block: Blocked): Backend {
  const inner = memory({ clock });
  return { ...inner, block: (identity, forMs, options) => block(inner, identity, forMs, options) };
}

/** Adds a block to the one that is there. */
export function sumsBlocks(clock: FakeClock): Backend {
  const ends = new Map<string, number>();
  return blocking(clock, (inner, identity, forMs, options) => {
    const left = options?.shorten ? 0 : Math.max(0, (ends.get(nameOf(identity)) ?? 0) - clock.now());
    inner.block(identity, forMs + left, options);
    ends.set(nameOf(identity), clock.now() + left + forMs);
  });
}

/** Keeps the block that came last. */
export function keepsTheLastBlock(clock: FakeClock): Backend {
  return blocking(clock, (inner, identity, forMs) => inner.block(identity, forMs, { shorten: true }));
}

/** Keeps the later end whatever it is told. */
export function shortensNoBlock(clock: FakeClock): Backend {
  return blocking(clock, (inner, identity, forMs) => inner.block(identity, forMs));
}

/** Blocks for whole seconds. */
export function blocksForSeconds(clock: FakeClock): Backend {
  return blocking(clock, (inner, identity, forMs, options) => {
    inner.block(identity, Number.isInteger(forMs) ? Math.ceil(forMs / 1_000) * 1_000 : forMs, options);
  });
}

/** Blocks a key in every shard. */
export function blocksEveryShard(clock: FakeClock): Backend {
  return blocking(clock, (inner, identity, forMs, options) => {
    inner.block(identity, forMs, options);
    inner.block({ ...identity, shard: undefined }, forMs, options);
  });
}

/** Takes any time for one, and any algorithm for a bucket. */
export function blocksForAnyTime(clock: FakeClock): Backend {
  return blocking(clock, (inner, identity, forMs, options) => {
    if (identity.policy.algorithm !== "token-bucket") return;
    inner.block(identity, forMs > 0 && forMs < 1e12 ? Math.ceil(forMs) : forMs === 0 ? 0 : 1, options);
  });
}

/** Looks what is there, waits for its database, and writes. */
export function blocksRacily(clock: FakeClock): Backend {
  const inner = memory({ clock });
  const ends = new Map<string, number>();
  return {
    ...inner,
    async block(identity, forMs, options) {
      const end = ends.get(nameOf(identity)) ?? 0;
      await moment;
      if (!options?.shorten && end > clock.now() + forMs) return;
      inner.block(identity, forMs, { shorten: true });
      ends.set(nameOf(identity), clock.now() + forMs);
    },
  };
}

/** Keeps blocks beside the counts: until their end everything is denied, and then the bucket is as it was. */
export function blocksBesideTheCounts(clock: FakeClock): Backend {
  const inner = memory({ clock });
  const ends = new Map<string, number>();
  const leftOf = (identity: Identity): number => (ends.get(nameOf(identity)) ?? 0) - clock.now();
  const denied = (charges: readonly Charge[]): Outcome => {
    const decisions = charges.map((charge) => {
      const left = leftOf(charge);
      return { ...charge, allowed: left <= 0, charged: 0, ...(left > 0 && { retryAfterMs: left, remaining: 0 }) };
    });
    return { allowed: false, retryAfterMs: Math.max(...charges.map(leftOf)), decisions };
  };
  const consume = (charges: readonly Charge[]): Outcome =>
    charges.some((charge) => leftOf(charge) > 0) ? denied(charges) : inner.consume(charges);
  return {
    ...inner,
    consume,
    consumeEach: (groups) => groups.map(consume),
    reset(identity) {
      ends.delete(nameOf(identity));
      inner.reset(identity);
    },
    block(identity, forMs, options) {
      // What is no block is refused as ever.
      memory({ clock }).block(identity, forMs);
      if (options?.shorten || forMs > leftOf(identity)) ends.set(nameOf(identity), clock.now() + forMs);
    },
  };
}

/** Lifts no block by a reset. */
export function liftsNoBlock(clock: FakeClock): Backend {
  const inner = memory({ clock });
  const ends = new Map<string, number>();
  return {
    ...inner,
    block(identity, forMs, options) {
      inner.block(identity, forMs, options);
      ends.set(nameOf(identity), clock.now() + forMs);
    },
    reset(identity) {
      inner.reset(identity);
      const left = (ends.get(nameOf(identity)) ?? 0) - clock.now();
      if (left > 0) inner.block(identity, left);
    },
  };
}

/** Lets peeks see the counts, and not the block. */
export function peeksPastBlocks(clock: FakeClock): Backend {
  const [inner, unblocked] = [memory({ clock }), memory({ clock })];
  return {
    ...inner,
    consume(charges) {
      if (charges.length === 1 && charges[0]?.mode === "peek") return unblocked.consume(charges);
      unblocked.consume(charges);
      return inner.consume(charges);
    },
  };
}
