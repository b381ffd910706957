/** The quotas as the backend has them now. */

import type { UserDetail } from "./users-admin.ts";

/** One limit of a user, live. */
export interface QuotaRow {
  /** The limit's name. */
  readonly limit: string;
  /** What holds: units or "unlimited". */
  readonly units: number | "unlimited";
  /** Units spent within the window; absent where the backend cannot know, or does not answer: "unknown". */
  readonly used?: number | undefined;
  readonly remaining?: number | undefined;
  readonly resetAfterMs?: number | undefined;
  /** Why numbers are absent, for people. */
  readonly because?: string | undefined;
}

export interface QuotaAdmin {
  /**
   * All limits of one user, a feed owner being one: read in one consume, never charged. Never rejects for a backend that fails.
   * `holding` is what holds for the user, for whoever has read that already; without it that is asked for.
   */
  read(userId: string, holding?: UserDetail["limits"]): Promise<readonly QuotaRow[]>;
  /** Makes one counter whole. Rejects with AdminError `unsupported` where the backend cannot, `unavailable` where it fails. */
  reset(userId: string, limit: string, by: string): Promise<void>;
  /** Whether `reset` can work, and why not. */
  readonly cannotReset: string | undefined;
}
