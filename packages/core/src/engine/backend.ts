/** The contract: where counts live, and the one call in which they decide. */

import type { Charge, Decision, Identity, Outcome } from "./charge.ts";
import type { LeaseAnswer, LeaseRequest } from "./lease.ts";
import type { Policy } from "./policy.ts";

/** What a backend can do; optional methods exist exactly where these say so. */
export interface Features {
  /** Who shares a count: one process, one machine, one Cloudflare location, everybody, or nobody. */
  readonly scope: "process" | "machine" | "location" | "global" | "none";
  /** Decisions follow the algorithm to the millisecond and the hundredth of a unit. */
  readonly exact: boolean;
  /** Counts outlive the process. */
  readonly durable: boolean;
  /** Decisions carry `remaining`, `resetAfterMs` and `windowAfterMs`. */
  readonly remaining: boolean;
  /** Costs other than 1 are counted, to the hundredth. */
  readonly cost: boolean;
  /** `maxDelayMs` finds slots. */
  readonly delay: boolean;
  /** `settle` exists. */
  readonly settle: boolean;
  /** `reset` exists. */
  readonly reset: boolean;
  /** `block` exists. */
  readonly block: boolean;
  /** `lease` exists. */
  readonly lease: boolean;
  /** Charges of several shards in one `consume` are still one atomic step. */
  readonly acrossShards: boolean;
}

/** A decision and what it finally cost, in units. */
export interface Settlement {
  readonly decision: Decision;
  readonly cost: number;
}

/** How a block meets one that is there. */
export interface BlockOptions {
  /**
   * Whether the new end replaces a later one.
   * @default false
   */
  readonly shorten?: boolean | undefined;
}

/**
 * Holds counts and decides. docs/backends/writing-your-own.md lists the promises; the cases of
 * `@sluice/core/testing` check them.
 */
export interface Backend {
  readonly name: string;
  readonly features: Features;
  /** The reason why this policy cannot be served, or undefined. */
  supports(policy: Policy): string | undefined;
  /** Books every charge or none, in one step; charges of equal identity are merged first. */
  consume(charges: readonly Charge[]): Outcome | Promise<Outcome>;
  /** Sets what decisions finally cost: once each, returning at most what time has not already returned. */
  settle?(entries: readonly Settlement[]): void | Promise<void>;
  /** Many groups in one trip; each group is all or nothing. */
  consumeEach?(groups: readonly (readonly Charge[])[]): readonly Outcome[] | Promise<readonly Outcome[]>;
  /** Forgets one counter: its quota is whole again. */
  reset?(identity: Identity): void | Promise<void>;
  /**
   * Denies every charge of one token bucket for so many whole milliseconds; then the bucket is empty and fills as ever.
   * A block that ends later stays, unless this one may `shorten` it; `reset` lifts it and fills the bucket.
   *
   * Throws ConfigError `SLUICE_BLOCK` for a policy of another algorithm, whose state has no room for it, and for a time
   * that is none.
   */
  block?(identity: Identity, forMs: number, options?: BlockOptions): void | Promise<void>;
  /** Takes, renews or looks at a name, in one step. Throws ConfigError `SLUICE_LEASE` for a request that makes no sense. */
  lease?(request: LeaseRequest): LeaseAnswer | Promise<LeaseAnswer>;
}
