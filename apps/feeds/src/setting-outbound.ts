/** JOBS, BOUNCE_WEBHOOK_SECRET and ALLOW_PRIVATE_FETCH, as every composition root checks them; the secret is never shown. */

import { type Mistaken, shortened } from "./mistake.ts";

/** A shorter one could be guessed. */
const shortestSecret = 32;

/** Whether jobs run here; a fleet may leave them to one of its processes. */
export function jobsSwitch(given: unknown, mistaken: Mistaken): boolean {
  if (given === undefined || given === "on") return true;
  if (given !== "off") mistaken(`JOBS=${shortened(given)} is not known; there are on, off`);
  return false;
}

/** What reports of bounces are signed with; undefined where none are taken in. */
export function bounceSecret(given: unknown, mistaken: Mistaken): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given === "string" && given.length >= shortestSecret) return given;
  const cure = "make one of 32 random bytes, as `openssl rand -hex 32` does";
  mistaken(`BOUNCE_WEBHOOK_SECRET is set, but has fewer than ${shortestSecret} characters; ${cure}`);
  return undefined;
}

/** Whether feeds are fetched that are not on the public Internet, such as those of this machine. Strangers name them. */
export function privateFetchSwitch(given: unknown, mistaken: Mistaken): boolean {
  if (given === undefined || given === "1") return given === "1";
  const cure = "leave it out, or set it to 1 where every user may reach whatever this machine can";
  mistaken(`ALLOW_PRIVATE_FETCH=${shortened(given)} is not known; ${cure}`);
  return false;
}
