/** How the limits stand: on or off, where they are counted, and whether that place answers. */

import type { Backend } from "@sluice/core";

/** Where some limiters count, and how that is. */
export interface BackendStanding {
  /** For people: "Quotas of users and feed owners". */
  readonly title: string;
  /** Names of the policies that are counted there. */
  readonly limiters: readonly string[];
  readonly isEnabled: boolean;
  /** Present where limits are off: the setting that switches them off, such as `RATE_LIMIT_BACKEND=noop`. */
  readonly because?: string | undefined;
  readonly backend: string;
  readonly scope: Backend["features"]["scope"];
  readonly exact: boolean;
  /** Present while it does not answer. */
  readonly failing?: { readonly sinceMs: number; readonly code: string } | undefined;
}

/** Tells of each place; the first is the product's, with which every page opens. */
export type Standings = () => readonly BackendStanding[] | Promise<readonly BackendStanding[]>;
