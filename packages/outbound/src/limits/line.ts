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

/** In the order in which they came, which is that of their slots. */
type Line = Waiter[];

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

/** Names the line of those who wait for the same counters, limits and cost: only their slots can be exchanged. */
export function lineOf(members: readonly Member[], cost: number): string {
  return JSON.stringify([cost, members.map(({ policy, key, home }) => [counterName(policy), policy.limit, key, home])]);
}

/** Puts it behind those whose slots are not later than its own, unless it is in the line already. */
export function enter(lines: Lines, name: string, own: Waiter): void {
  const line = lines.get(name);
  if (line === undefined) lines.set(name, [own]);
  else if (!line.includes(own)) line.splice(line.findLastIndex(({ slot }) => slot.atMs <= own.slot.atMs) + 1, 0, own);
}

/** It waits no more, and takes its slot along: those behind it sleep, and would miss an earlier one. */
export function leave(lines: Lines, name: string, own: Waiter): void {
  const line = lines.get(name);
  const rank = line?.indexOf(own) ?? -1;
  if (line === undefined || rank < 0) return;
  line.splice(rank, 1);
  if (line.length === 0) lines.delete(name);
}

/** Whether nobody is in front of it any more. */
export function isFirst(lines: Lines, name: string, own: Waiter): boolean {
  const first = lines.get(name)?.[0];
  return first === undefined || first === own;
}

/** Strikes out those in front of it whose slots were before `instantMs`: had their timers still run, they would have moved. */
export function passOver(lines: Lines, name: string, own: Waiter, instantMs: number): void {
  const line = lines.get(name) ?? [];
  const gone = line.slice(0, Math.max(0, line.indexOf(own))).filter(({ slot }) => slot.atMs < instantMs);
  for (const one of gone) leave(lines, name, one);
}

/**
 * Gives it a turn for the slot that it missed, now that `slot` was taken in its stead: it gets the next one's, that one the
 * slot behind its own, and so on. Where somebody among them has no time left to move back, it goes behind them instead.
 */
export function moveBack(lines: Lines, name: string, own: Waiter, slot: Slot): void {
  const line = lines.get(name) ?? [];
  const rank = line.indexOf(own);
  if (rank < 0) {
    own.slot = slot;
    return;
  }
  const behind = line.slice(rank + 1).filter((one) => one.hasSlot && one.slot.atMs <= slot.atMs);
  const slots = [...behind.map((one) => one.slot), slot];
  const moved = [own, ...behind];
  if (moved.every(({ untilMs }, i) => (slots[i] as Slot).atMs <= untilMs)) {
    for (const [i, one] of moved.entries()) one.slot = slots[i] as Slot;
    return;
  }
  own.slot = slot;
  leave(lines, name, own);
  enter(lines, name, own);
}
