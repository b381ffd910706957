/** How this app's limits stand, as the console opens with it: those of the product first, then those that protect it. */

import { type StandingPlace, type Standings, standingsOf } from "@sluice/console";
import type { Backend } from "@sluice/core";
import type { WatchedBackend } from "./backend-watch.ts";

interface Places {
  readonly watched: WatchedBackend;
  /** What is named in the place of the product's, where that is made of several. */
  readonly shownAs: Backend | undefined;
  /** Counts what protects the app while the product's does not. */
  readonly embedded: Backend;
  /** Counts failed logins as long as it answers. */
  readonly logins: Backend;
  /** Has the backend asked, for whoever looks next. */
  readonly look: () => void;
}

/** Puts them together; what does not answer is known by what calls met. */
export function appStandings({ watched, shownAs, embedded, logins, look }: Places): Standings {
  const { backend, undecided, unsettled } = watched;
  const counts = backend.features.scope !== "none";
  const failing = () => {
    look();
    return undecided() ?? unsettled();
  };
  const guarding = (): Backend => (counts && undecided() === undefined ? backend : embedded);
  const isApart = logins.name !== guarding().name;
  const places: StandingPlace[] = [
    {
      title: "Quotas of users and feed owners",
      limiters: ["api", "public-feed"],
      backend: shownAs ?? backend,
      offBy: `RATE_LIMIT_BACKEND=${backend.name}`,
      failing,
    },
    {
      title: "Limits that protect the app",
      limiters: isApart ? ["ip"] : ["ip", "login"],
      backend: guarding,
    },
  ];
  if (isApart)
    places.push({ title: "Failed logins, which have a count of their own", limiters: ["login"], backend: logins });
  return standingsOf(places);
}
