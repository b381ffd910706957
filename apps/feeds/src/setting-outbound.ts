/** JOBS and BOUNCE_WEBHOOK_SECRET, as every composition root checks them; the secret is never shown. */

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
