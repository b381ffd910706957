/** A backend over a server that runs Lua: one script decides, and every call is one run of it. */

import type { Backend, Features } from "../engine/backend.ts";
import { checkBlock } from "../engine/block.ts";
import {
  type Charge,
  type Identity,
  type Merged,
  mergeCharges,
  type Outcome,
  unmergedOutcome,
} from "../engine/charge.ts";
import { type Clock, systemClock } from "../engine/clock.ts";
import { ConfigError } from "../engine/errors.ts";
import { settleOnce } from "../engine/settle-once.ts";
import { isPromise, whenKnown } from "../engine/waiting.ts";
import { within } from "../resilience/deadline.ts";
import { redisScripts, upstashScripts } from "./lua/script.ts";
import { type Place, sender } from "./scripted-batch.ts";
import { type Consumption, type Counter, consumption } from "./scripted-groups.ts";
import { leaser } from "./scripted-lease.ts";
import { places } from "./scripted-places.ts";
import type { ScriptRunner } from "./scripted-runner.ts";
import { type Place as Shard, shardByShard } from "./shard-by-shard.ts";

/** What a scripted backend is made of. */
export interface ScriptedOptions {
  /** The backend's name, which its errors begin with. */
  readonly name: string;
  readonly runner: ScriptRunner;
  /** Every key begins with it. Without braces, since the first ones in a key are its hash tag. */
  readonly prefix: string;
  /** The longest that a call may take, in milliseconds; see `within` of resilience/deadline.ts. */
  readonly deadlineMs: number;
  /** Whether keys of different hash tags live on different servers, so that each slot is asked by itself. */
  readonly cluster: boolean;
  /** Which form of the script the server takes. */
  readonly dialect: "redis" | "upstash";
  /** A clock that core/testing gave: then another text runs, which takes the instant from its arguments. */
  readonly clock: Clock | undefined;
}

/** Charges that make sense; those of one counter have become one. */
interface Prepared {
  readonly asked: readonly Charge[];
  readonly merged: Merged | undefined;
  readonly group: Consumption;
  /** Where each of them lives, if not all in one place. */
  readonly homes: readonly Place[] | undefined;
}

/**
 * A backend that knows every algorithm and mode and has every optional method, over a script runner.
 *
 * What is asked in one moment, by whomever, goes in one call. The script decides; its reply says what it had found, and the
 * steps decide once more here, to tell the numbers. Where the two differ, the answer is a failure.
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE` for a prefix with braces.
 */
export function scripted(options: ScriptedOptions): Backend {
  const { name, runner, prefix, deadlineMs, cluster, dialect, clock } = options;
  if (typeof prefix !== "string" || /[{}]/.test(prefix)) {
    const cure = 'Use one such as "sluice:".';
    throw new ConfigError("SLUICE_OPTION_TYPE", `prefix of ${name}() has to be text without braces`, prefix, cure);
  }
  const scripts = dialect === "upstash" ? upstashScripts : redisScripts;
  const { now, together } = sender({
    name,
    runner,
    deadlineMs,
    script: clock ? scripts.test : scripts.shipped,
    clock: clock ?? systemClock,
    isTest: clock !== undefined,
  });
  const { counterOf, placeOf } = places(prefix, cluster);
  const due = settleOnce();

  const countersOf = (identities: readonly Identity[]): readonly Counter[] | Promise<readonly Counter[]> => {
    const counters = identities.map(counterOf);
    return counters.some(isPromise) ? Promise.all(counters) : (counters as readonly Counter[]);
  };

  const prepare = (asked: readonly Charge[], counters: readonly Counter[]): Prepared => {
    const merged = areDistinct(counters) ? undefined : mergeCharges(asked);
    const group = merged
      ? consumption(
          merged.charges,
          merged.charges.map((_, at) => counters[merged.index.indexOf(at)] as Counter),
        )
      : consumption(asked, counters);
    const homes = cluster ? group.counters.map(placeOf) : [];
    return { asked, merged, group, homes: homes.every((home) => home === homes[0]) ? undefined : homes };
  };

  const send = ({ asked, merged, group, homes }: Prepared): Promise<Outcome> => {
    const [first] = group.counters;
    if (first === undefined) return Promise.resolve({ allowed: true, decisions: [] });
    const outcome = homes ? spread(group.charges, homes) : (together(placeOf(first), group) as Promise<Outcome>);
    return merged ? outcome.then((whole) => unmergedOutcome(asked, merged, whole)) : outcome;
  };

  const spread = (charges: readonly Charge[], homes: readonly Place[]): Promise<Outcome> => {
    const shards = new Map(homes.map((place) => [place, shardIn(place)]));
    const own = homes.map((place) => shards.get(place) as Shard);
    return within(name, deadlineMs, (deadline) => shardByShard(charges, own, deadline));
  };

  const shardIn = (place: Place): Shard => ({
    async consume(charges, deadline) {
      const [outcome] = await now(place, [consumption(charges, await countersOf(charges))], deadline);
      return outcome as Outcome;
    },
    async settle(entries, deadline) {
      const counters = await countersOf(entries.map(({ decision }) => decision));
      const groups = entries.map((entry, i) => ({ due: entry, counters: [counters[i] as Counter] as const }));
      await now(place, groups, deadline);
    },
  });

  return {
    name,
    features: { ...features, acrossShards: !cluster },
    supports: () => undefined,

    consume(charges) {
      const counters = countersOf(charges);
      return isPromise(counters)
        ? counters.then((known) => send(prepare(charges, known)))
        : send(prepare(charges, counters));
    },

    async consumeEach(groups) {
      // All are prepared before any is sent: a mistake in one group books nothing in the others.
      const counters = await Promise.all(groups.map(countersOf));
      const prepared = groups.map((charges, i) => prepare(charges, counters[i] as readonly Counter[]));
      if (!prepared.some(({ homes }) => homes)) return await Promise.all(prepared.map(send));
      // In turn, since later ones see what earlier ones booked.
      const outcomes: Outcome[] = [];
      for (const each of prepared) outcomes.push(await send(each));
      return outcomes;
    },

    async settle(entries) {
      const settled = due(entries).map((entry) =>
        whenKnown(counterOf(entry.decision), (counter) =>
          together(placeOf(counter), { due: entry, counters: [counter] }),
        ),
      );
      await Promise.all(settled);
    },

    async reset(identity) {
      await whenKnown(counterOf(identity), (counter) => together(placeOf(counter), { counters: [counter] }));
    },

    async block(identity, forMs, { shorten = false } = {}) {
      checkBlock(identity, forMs);
      await whenKnown(counterOf(identity), (counter) =>
        together(placeOf(counter), { forMs, shorten, counters: [counter] }),
      );
    },

    lease: leaser(options),
  };
}

const features: Features = {
  scope: "global",
  exact: true,
  durable: true,
  remaining: true,
  cost: true,
  delay: true,
  settle: true,
  reset: true,
  block: true,
  lease: true,
  acrossShards: true,
};

function areDistinct(counters: readonly Counter[]): boolean {
  return counters.length < 2 || new Set(counters.map(({ name }) => name)).size === counters.length;
}
