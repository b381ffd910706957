/** What one limiter or several as one are made of, and what they ask of their backend beside taking a place. */

import { type Backend, type Charge, isPromise, type Outcome } from "@sluice/core/engine";
import type { Metrics } from "../metrics/metrics.ts";
import type { LocalTime } from "../time/local-time.ts";
import { type Held, heldOn } from "./held.ts";
import type { Answer } from "./limiter.ts";
import { type Lines, linesOf } from "./line.ts";
import { type Gate, type Member, unitsOf } from "./member.ts";
import type { Asked } from "./question.ts";
import { type Trips, tripsTo } from "./trips.ts";
import { askedTuned, asTuned, type TunedLimit, type TunedLimits, tunedOn } from "./tuned.ts";
import { takeWaiting } from "./waiting.ts";

/** What limits of one family share. */
export interface Surroundings {
  readonly backend: Backend;
  readonly time: LocalTime;
  readonly metrics: Metrics | undefined;
  /** How long after its slot a place can be given back. */
  readonly expiresAfterMs: number;
  readonly held: Map<string, Held>;
  readonly trips: Trips;
  readonly lines: Lines;
  readonly clocks: Clocks;
  readonly tuned: TunedLimits;
}

/** Whether the backend dates what it books by this process's clock, so that it need not be read again. */
export interface Clocks {
  agree: boolean;
  /** How often they may still be compared: the first calls of a process are slow, and clocks seem apart then. */
  comparisons: number;
}

/** Looks up what this process knows of the backend, once for all keys of a name. */
export function surroundingsOf(
  backend: Backend,
  time: LocalTime,
  metrics: Metrics | undefined,
  expiresAfterMs: number,
): Surroundings {
  const clocks: Clocks = { agree: false, comparisons: 32 };
  const lines = linesOf(backend, time);
  const known = { held: heldOn(backend), trips: tripsTo(backend), tuned: tunedOn(backend) };
  return { backend, time, metrics, expiresAfterMs, lines, clocks, ...known };
}

const none: readonly undefined[] = [];

const forOne = (own: Member): Charge => {
  const { policy, key, shard } = own;
  return { policy, key, shard, cost: unitsOf(own, 1) };
};

/** A class with nothing to work out for a single limit, since `for(key)` makes one for every key. */
export class Limits implements Asked, Surroundings {
  /** As they are configured. */
  readonly configured: readonly Member[];
  /** As they are now: in the same order, some perhaps under a lower limit. */
  members: readonly Member[];
  /** What is asked for one unit now, where no gate has to be asked. */
  one: readonly Charge[];
  readonly gates: readonly Gate[];
  readonly delays: boolean;
  /** The largest cost that ever fits. */
  readonly capacity: number;
  /** How late a start may be. */
  readonly lateMs: number;
  readonly shared: boolean;
  readonly backend: Backend;
  readonly time: LocalTime;
  readonly metrics: Metrics | undefined;
  readonly expiresAfterMs: number;
  readonly held: Map<string, Held>;
  readonly trips: Trips;
  readonly lines: Lines;
  readonly clocks: Clocks;
  readonly tuned: TunedLimits;
  epoch = 0;
  /** Those of them that are tuned, in the same order. */
  tunings: readonly (TunedLimit | undefined)[] = none;

  constructor(members: readonly Member[], surroundings: Surroundings) {
    const { backend } = surroundings;
    const [first] = members as readonly [Member];
    this.configured = members;
    this.members = members;
    if (members.length === 1) {
      this.one = [forOne(first)];
      this.gates = first.gate === undefined ? [] : [first.gate];
      this.delays = first.delays;
      this.capacity = first.capacity;
      this.lateMs = first.toleranceMs ?? Number.POSITIVE_INFINITY;
    } else {
      this.one = members.map(forOne);
      const gates = members.flatMap(({ gate }) => (gate === undefined ? [] : [[gate.id, gate] as const]));
      this.gates = [...new Map(gates).values()];
      this.delays = members.every(({ delays }) => delays);
      this.capacity = Math.min(...members.map(({ capacity }) => capacity));
      this.lateMs = Math.min(...members.map(({ toleranceMs = Number.POSITIVE_INFINITY }) => toleranceMs));
    }
    this.shared = this.gates.length > 0 && backend.features.scope !== "process";
    this.backend = backend;
    this.time = surroundings.time;
    this.metrics = surroundings.metrics;
    this.expiresAfterMs = surroundings.expiresAfterMs;
    this.held = surroundings.held;
    this.trips = surroundings.trips;
    this.lines = surroundings.lines;
    this.clocks = surroundings.clocks;
    this.tuned = surroundings.tuned;
  }

  /** Whether gates have to be asked: others may have closed them, or this process knows one not to be open. */
  get asksGates(): boolean {
    if (this.gates.length === 0) return this.tunings.length > 0;
    return this.shared || (this.held.size > 0 && this.gates.some(({ id }) => this.held.has(id)));
  }

  /** Takes over what was found out of the limits since they were asked last. */
  retune(): void {
    const { tuned } = this;
    if (this.epoch === tuned.epoch) return;
    this.epoch = tuned.epoch;
    const tunings = this.configured.map((own) => askedTuned(tuned, own));
    this.tunings = tunings.some((known) => known !== undefined) ? tunings : none;
    this.members = this.configured.map((own, i) => asTuned(own, tunings[i]));
    this.one = this.members.map(forOne);
  }

  /** When all these gates are open and their rates whole, as far as is known; 0 if they are. */
  wholeAt(asked: readonly Gate[]): number {
    let latest = 0;
    for (const { id } of asked) latest = Math.max(latest, this.held.get(id)?.endsAtMs ?? 0);
    return latest;
  }

  /** Another place for one that was given back. */
  again(cost: number, untilMs: number, signal: AbortSignal | undefined): Promise<Answer> {
    return takeWaiting(this, cost, untilMs, signal);
  }

  /** Gives back all that an outcome booked. */
  giveBack({ decisions }: Outcome): void | Promise<void> {
    const { backend } = this;
    const booked = decisions.filter(({ charged }) => charged > 0);
    if (backend.settle === undefined || booked.length === 0) return undefined;
    const done = backend.settle(booked.map((decision) => ({ decision, cost: 0 })));
    return isPromise(done) ? Promise.resolve(done) : undefined;
  }
}
