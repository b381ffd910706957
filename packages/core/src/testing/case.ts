/** A conformance case: one promise, put to one algorithm of one backend, as plain data. */

import type { Backend, BlockOptions } from "../engine/backend.ts";
import type { Charge, Decision, Outcome } from "../engine/charge.ts";
import type { LeaseAnswer, LeaseRequest } from "../engine/lease.ts";
import type { Policy } from "../engine/policy.ts";
import type { TestClock } from "./clock.ts";
import type { Algorithm, PolicyShape } from "./shape.ts";

/** The backend under test, and what the test may do to it. */
export interface Subject {
  /**
   * Stands in reports.
   * @default the backend's own name
   */
  readonly name?: string;
  /** A backend whose counters are unused; called anew for every case. */
  make(): Backend | Promise<Backend>;
  /** Called after every case. */
  close?(backend: Backend): void | Promise<void>;
  /** Moves the backend's time. Without one, cases that need exact time are not run. */
  readonly clock?: TestClock;
  /** Really waits, where the backend's time cannot be moved. */
  sleep?(ms: number): Promise<void>;
  /** Requests that backends made here have sent so far; without it round trips are not counted. */
  trips?(): number;
  /**
   * How many keys a stranger spreads his charges over while another key must stay denied.
   * @default 200
   */
  readonly crowd?: number;
  /**
   * What to prove.
   * @default every algorithm
   */
  readonly algorithms?: readonly Algorithm[];
}

/** What a case asks of a backend or of its test; a backend that lacks it is not run, and the reason is listed. */
export type Need =
  | "exact"
  | "remaining"
  | "cost"
  | "delay"
  | "settle"
  | "reset"
  | "block"
  | "lease"
  | "acrossShards"
  | "consumeEach"
  | "clock"
  | "wait"
  | "trips";

/** One promise made testable. Contains no test framework: `run` throws a ConformanceError, or it does not. */
export interface Case {
  readonly name: string;
  /** Which of the contract's promises it checks. */
  readonly promise: number;
  readonly needs?: readonly Need[];
  /**
   * Where the promise can be put.
   * @default every algorithm
   */
  readonly algorithms?: readonly Algorithm[];
  /** Also put to a backend that counts nothing at all. */
  readonly evenUncounted?: true;
  /** The policies it charges, by the name that `run` uses for them. */
  readonly policies: Readonly<Record<string, PolicyShape>>;
  run(trial: Trial): Promise<void>;
}

/** What a charge may say beyond its policy. */
export type ChargeDetails = Partial<Omit<Charge, "policy">>;

/** What a block may say beyond its policy and its time. */
export type BlockDetails = BlockOptions & { readonly key?: string; readonly shard?: string };

/** One run of a case: the backend, the policies in the shape of the algorithm, the time, and short ways to ask. */
export interface Trial {
  readonly backend: Backend;
  readonly algorithm: Algorithm;
  readonly crowd: number;
  policy(name: string): Policy;
  /** A charge of 1 unit on key `k`, unless told otherwise. */
  charge(policy: string, details?: ChargeDetails): Charge;
  consume(...charges: readonly Charge[]): Promise<Outcome>;
  /** Asks, and fails unless the outcome is allowed. */
  admits(what: string, ...charges: readonly Charge[]): Promise<Outcome>;
  /** Asks, and fails unless the outcome is denied. */
  denies(what: string, ...charges: readonly Charge[]): Promise<Outcome>;
  /** How many of so many askings, one after the other, are allowed. */
  admitted(times: number, ...charges: readonly Charge[]): Promise<number>;
  /** How many single units still fit, found out by spending them. */
  left(policy: string, details?: ChargeDetails): Promise<number>;
  settle(decision: Decision | undefined, cost: number): Promise<void>;
  reset(policy: string, details?: { readonly key?: string; readonly shard?: string }): Promise<void>;
  /** Blocks the counter of a policy, that of key `k` unless told otherwise. */
  block(policy: string, forMs: number, details?: BlockDetails): Promise<void>;
  /** Asks for a name, which no other case has. */
  lease(request: LeaseRequest): Promise<LeaseAnswer>;
  /** Fails unless `call` throws or rejects with a configuration error of this code. */
  refuses(code: string, call: () => unknown): Promise<void>;
  /** The test's idea of now. */
  now(): number;
  advance(ms: number): Promise<void>;
  set(instantMs: number): Promise<void>;
  /** Lets time pass, in earnest if need be. */
  wait(ms: number): Promise<void>;
  /** After this long without a charge, a counter without debt is as if never used. */
  restMs(policy: string): number;
  trips(): number;
}
