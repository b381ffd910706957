/** Which cases have to notice which planted fault: small ones, so that all seven are quickly proven on every target. */

import type { FaultName } from "../faults.ts";

export const noticedBy: Readonly<Record<FaultName, readonly string[]>> = {
  "no limiter": [
    "plans: free is told of 60 requests a minute, and of what is left",
    "unknown: the 101st guess is 429, and known feeds can be read from there all the same",
  ],
  "IP after authentication": [
    "address: guessing tokens is refused after 100, before the token is looked at, and nobody else notices",
  ],
  "feed keyed by reader": [
    "feeds: the readers of a Free user's feed get 17 together, then 429 as text; another owner's notice nothing",
  ],
  "override ignored": ["plans: raised is told of 180 requests a minute, and of what is left"],
  "304 at full cost": ["conditional: a 304 costs a tenth, so 30 of them leave 13 of the 16 reads that were left"],
  "X-Forwarded-For trusted unasked": [
    "spoofing: told of no proxy, no header makes one client many",
    "spoofing: on Workers no header but Cloudflare's own counts",
  ],
  "one procedure unlimited": [
    "trpc: when the quota is spent, over tRPC and the API alike, every procedure is 429 in its envelope",
  ],
};
