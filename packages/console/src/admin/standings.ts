/** How the limits stand, put together from what the app knows of each place in which it counts. */

import type { Backend } from "@sluice/core";
import type { BackendStanding, Standings } from "./standing.ts";

/** Where some limiters count, as the app tells it. */
export interface StandingPlace {
  /** For people: "Quotas of users and feed owners". */
  readonly title: string;
  /** Names of the policies that are counted there. */
  readonly limiters: readonly string[];
  /** The one that is asked now; a function where that changes. */
  readonly backend: Backend | (() => Backend);
  /** The setting that switches limits off, such as `RATE_LIMIT_BACKEND=noop`; told where the backend counts nothing. */
  readonly offBy?: string | undefined;
  /** Whether it answers, as calls tell it: undefined while it does. */
  readonly failing?: (() => BackendStanding["failing"] | Promise<BackendStanding["failing"]>) | undefined;
}

/** Tells of each place, in their order. */
export function standingsOf(places: readonly StandingPlace[]): Standings {
  return () => Promise.all(places.map(standingOf));
}

async function standingOf({
  title,
  limiters,
  backend: given,
  offBy,
  failing,
}: StandingPlace): Promise<BackendStanding> {
  const backend = typeof given === "function" ? given() : given;
  const { scope, exact } = backend.features;
  const isEnabled = scope !== "none";
  const trouble = await failing?.();
  return {
    ...{ title, limiters, isEnabled, backend: backend.name, scope, exact },
    ...(!isEnabled && { because: offBy ?? `the backend ${backend.name} counts nothing` }),
    ...(trouble && { failing: trouble }),
  };
}
