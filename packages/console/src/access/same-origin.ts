/** Whether a request that changes something was made by our own pages, as the browser itself tells. */

import type { Rules } from "@sluice/core/engine";

/** Methods that change nothing; every other one is checked. */
const safe: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

export function isUnsafe(method: string): boolean {
  return !safe.has(method);
}

/** The rule of an option that is the address people use. */
export const aPublicUrl: Rules[string] = [
  (value: unknown) => typeof value === "string" && /^https?:$/.test(URL.parse(value)?.protocol ?? ""),
  "the address people use, such as https://app.example",
];

/**
 * False where a browser says that another site made this request. What sends neither `Sec-Fetch-Site` nor `Origin` is no
 * browser, and carries nobody's cookies but its own.
 *
 * Browsers leave `Sec-Fetch-Site` out on plain http. Then `Origin` has to be `publicUrl`'s, for a proxy may put another `Host`
 * in front of the app than people see; or its host the one that the request came to, whichever scheme: behind a proxy that ends
 * TLS the app sees http where the browser sees https.
 */
export function isSameOrigin(request: Request, publicUrl?: string): boolean {
  const site = request.headers.get("Sec-Fetch-Site");
  if (site !== null) return site === "same-origin";
  const origin = request.headers.get("Origin");
  if (origin === null) return true;
  const from = URL.parse(origin);
  if (from === null || from.host === "") return false;
  const people = publicUrl === undefined ? null : URL.parse(publicUrl);
  return from.host === people?.host ? from.origin === people.origin : from.host === new URL(request.url).host;
}
