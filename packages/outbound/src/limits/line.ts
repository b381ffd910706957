/** The line of those in this process who wait for slots of one kind: whoever misses a slot moves everybody back by one. */

import { type Backend, counterName, type Outcome } from "@sluice/core/engine";
import type { LocalTime } from "../time/local-time.ts";
import type { Member } from "./member.ts";

/** What a place was booked for. */
export interface Slot {
  readonly outcome: Outcome;
  /** By this process's clock. */
  readonly atMs: number;
  /** When the rates that it was booked under are whole. */
  readonly wholeAtMs: number;
}

/** Whoever waits. Plain data to all others: on Workers nobody may settle another request's promise, so nobody wakes anybody. */
export interface Waiter {
  slot: Slot;
  /** While another slot is being taken for it, it has none: `slot` is then the one that it missed. */
  readonly hasSlot: boolean;
  /** No slot behind this instant is of use to it. */
  readonly untilMs: number;
}

/** Slots so near to each other may be one: a slot is told by a clock that is read again once it is booked. */
const sameSlotMs = 5;

/** In the order in which they came, which is that of their slots. */
type Line = Waiter[];

/**
 * So often, for a millisecond each, whoever's timer fired first waits for the one in front, whose slot is not later; by then
 * nobody comes any more.
 */
const courtesies = 5;

/**
 * So many can always be moved back, and as many for each millisecond from one slot to the next: little of it is gone then. Beyond it
 * a line would move for longer than it takes to miss the next slot, and nobody would ever start.
 */
const movedPerMs = 250;

/** The lines in which somebody waits, by what they wait for. */
export type Lines = Map<string, Line>;

// By backend and by what is slept by, since limiters of one counter are often made in several places of one process.
const byBackend = new WeakMap<Backend, WeakMap<LocalTime, Lines>>();

export function linesOf(backend: Backend, time: LocalTime): Lines {
  let byTime = byBackend.get(backend);
  if (byTime === undefined) {
    byTime = new WeakMap();
    byBackend.set(backend, byTime);
  }
  let lines = byTime.get(time);
  if (lines === undefined) {
    lines = new Map();
    byTime.set(time, lines);
  }
  return lines;
}

/** Names the line of those who wait for as much of the same counters: only their slots can be exchanged. */
export function lineOf(members: readonly Member[], cost: number): string {
  return JSON.stringify(
    members.map(({ policy, key, home, times }) => [cost * times, counterName(policy), policy.limit, key, home]),
  );
}

/** Puts it behind those whose slots are not later than its own, unless it is in the line already. */
export function enter(lines: Lines, name: string, own: Waiter): void {
  const line = lines.get(name);
  if (line === undefined) {
    lines.set(name, [own]);
    return;
  }
  if (line.includes(own)) return;
  const latestMs = own.slot.atMs + sameSlotMs;
  line.splice(line.findLastIndex(({ slot }) => slot.atMs <= latestMs) + 1, 0, own);
}

/** It waits no more, and takes its slot along: those behind it sleep, and would miss an earlier one. */
export function leave(lines: Lines, name: string, own: Waiter): void {
  const line = lines.get(name);
  const rank = line?.indexOf(own) ?? -1;
  if (line === undefined || rank < 0) return;
  line.splice(rank, 1);
  if (line.length === 0) lines.delete(name);
}

/**
 * Gives everybody who has a slot another one. Where `change` makes nothing of it, it is taken away, and who waits for it takes
 * another when he wakes; returns what was booked for those.
 */
export function changeSlots(lines: Lines, change: (one: Waiter) => Slot | undefined): readonly Outcome[] {
  const taken: Outcome[] = [];
  for (const one of [...lines.values()].flat()) {
    if (!one.hasSlot) continue;
    const { slot } = one;
    const next = change(one);
    if (next === undefined) taken.push(slot.outcome);
    if (next !== slot) one.slot = next ?? { ...slot, outcome: { ...slot.outcome, decisions: [] } };
  }
  return taken;
}

/** Who stands at the front, if that is not itself. */
export function frontOf(lines: Lines, name: string, own: Waiter): Waiter | undefined {
  const line = lines.get(name);
  return line?.[0] === own || !line?.includes(own) ? undefined : line[0];
}

/** Naps until nobody is in front of it, or it was moved back. Somebody whose request has died is struck out. */
export async function letOthersStart(lines: Lines, name: string, own: Waiter, nap: () => Promise<void>): Promise<void> {
  const { outcome } = own.slot;
  let awaited: Waiter | undefined;
  let times = 0;
  for (;;) {
    const front = frontOf(lines, name, own);
    if (front === undefined || own.slot.outcome !== outcome) return;
    times = front === awaited ? times + 1 : 0;
    awaited = front;
    if (times === courtesies) leave(lines, name, front);
    else await nap();
  }
}

/**
 * Gives it a turn for the slot that it missed, now that `slot` was taken in its stead: it gets the next one's, that one the
 * slot behind its own, and so on. Where somebody among them has no time left to move back, or there are more than can be moved in
 * time, it goes behind them instead.
 */
export function moveBack(lines: Lines, name: string, own: Waiter, slot: Slot): void {
  const line = lines.get(name) ?? [];
  const rank = line.indexOf(own);
  if (rank < 0) {
    own.slot = slot;
    return;
  }
  const most = line.length - rank - 1;
  if (most <= movedPerMs * Math.max(1, (slot.atMs - own.slot.atMs) / (most + 1))) {
    const behind = line.slice(rank + 1).filter((one) => one.hasSlot && one.slot.atMs <= slot.atMs);
    const slots = [...behind.map((one) => one.slot), slot];
    const moved = [own, ...behind];
    if (moved.every(({ untilMs }, i) => (slots[i] as Slot).atMs <= untilMs)) {
      for (const [i, one] of moved.entries()) one.slot = slots[i] as Slot;
      return;
    }
  }
  own.slot = slot;
  leave(lines, name, own);
  enter(lines, name, own);
}
