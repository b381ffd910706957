/** What administrators do with users: plans, overrides, blocks. */

import type { Units } from "../plans/plan.ts";
import type { Page, PageQuery } from "./page.ts";

/** An override as it is kept. */
export interface OverrideRow {
  /** The limit's name. */
  readonly limit: string;
  readonly units: Units;
  readonly note: string;
  readonly grantedBy: string;
  readonly createdAtMs: number;
  /** Absent: it does not expire. One that has expired is listed, and does not hold. */
  readonly expiresAtMs?: number | undefined;
  readonly isExpired: boolean;
  readonly reviewedAtMs: number;
  readonly reviewedBy: string;
  readonly version: number;
}

/** What is granted. */
export interface OverrideDraft {
  readonly units: Units;
  /** 1 to 500 characters. */
  readonly note: string;
  /** In the future; absent: it does not expire. */
  readonly expiresAtMs?: number | undefined;
}

/** A user in a list. */
export interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly plan: string;
  /** How many overrides hold, and when the next of them expires. */
  readonly overrides: number;
  readonly nextExpiryMs?: number | undefined;
  readonly isBlocked: boolean;
}

/** A user with everything that is granted. */
export interface UserDetail {
  readonly id: string;
  readonly name: string;
  readonly plan: string;
  /** Whether a plan of this id exists; if not, the default plan holds. */
  readonly isPlanKnown: boolean;
  readonly overrides: readonly OverrideRow[];
  readonly blocked?: { readonly untilMs: number; readonly note: string; readonly by: string } | undefined;
  /** What holds now, by the limit's name, and where it comes from. */
  readonly limits: Readonly<
    Record<string, { readonly units: Units; readonly from: "block" | "override" | "plan" | "default" }>
  >;
}

export interface UsersQuery extends PageQuery {
  /** The beginning of a name, or a whole id. */
  readonly search?: string | undefined;
  readonly plan?: string | undefined;
  /** `expiring`: an override expires within 14 days; `unreviewed`: one was not reviewed for 90 days. Only overrides that hold. */
  readonly filter?: "override" | "expiring" | "unreviewed" | "blocked" | undefined;
}

export interface UsersAdmin {
  /** By name. A fixed number of statements, however many users. */
  list(query: UsersQuery): Promise<Page<UserRow>>;
  /** Rejects with AdminError `unknown`. */
  read(userId: string): Promise<UserDetail>;
  /** Rejects with `unknown` for the user or the plan, `stale` when the plan is not `was` any more. */
  setPlan(userId: string, plan: string, was: string, by: string): Promise<void>;
  /** Sets or replaces one; `version` of the one that is replaced, 0 for none, else `stale`. Rejects with `invalid`, `unservable`. */
  setOverride(userId: string, limit: string, draft: OverrideDraft, version: number, by: string): Promise<void>;
  /** Rejects with `unknown` where there is none, or `stale`. */
  removeOverride(userId: string, limit: string, version: number, by: string): Promise<void>;
  /** Stamps who and when. */
  reviewOverride(userId: string, limit: string, version: number, by: string): Promise<void>;
  /** All limits of the user are 0 until then; overrides come back afterwards. */
  block(userId: string, untilMs: number, note: string, by: string): Promise<void>;
  unblock(userId: string, by: string): Promise<void>;
  /**
   * Forgets what the console knows of a user: overrides, denials, and the user among the keys denied most. The audit log stays,
   * and so do reads of the user's feeds: their readers have pseudonyms after a day.
   */
  forget(userId: string, by: string): Promise<void>;
}
