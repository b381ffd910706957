/** A handler that answers Prometheus, and nobody else. */

import { ConfigError } from "@sluice/core";
import { aFunction, checkedLater, checkOptions, type Rules } from "@sluice/core/engine";
import type { Context } from "hono";
import { sameText } from "../access/same-text.ts";
import type { MetricsSources } from "./measures.ts";
import { prometheus, prometheusType } from "./prometheus.ts";

export interface MetricsRouteOptions extends MetricsSources {
  /** What the scraper sends as `Authorization: Bearer …`: 16 characters at least, without blanks. */
  readonly token: string;
}

const rules: Rules = {
  token: checkedLater,
  recorder: [(recorder: { counters?: unknown } | null) => typeof recorder?.counters === "function", "a recorder"],
  standings: aFunction("a function that tells how the limits stand"),
  outbound: [
    (outbound: { snapshot?: unknown } | null) => typeof outbound?.snapshot === "function",
    "what metrics() of @sluice/outbound makes",
  ],
};

/**
 * A Hono handler: `app.get("/metrics", metricsRoute({ token, recorder, standings }))`. There are no metrics where it is not mounted.
 *
 * @throws ConfigError `SLUICE_OPTION_MISSING`, `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_UNKNOWN`.
 */
export function metricsRoute(options: MetricsRouteOptions): (c: Context) => Promise<Response> {
  checkOptions("metricsRoute()", options, rules, ["token"]);
  const { token, ...sources } = options;
  checkToken(token);

  return async function metrics(c) {
    const [, given] = /^Bearer +(\S+) *$/i.exec(c.req.header("Authorization") ?? "") ?? [];
    const isKnown = given !== undefined && (await sameText(given, token));
    if (!isKnown) {
      const wrong = given === undefined ? "" : ', error="invalid_token"';
      const headers = { "WWW-Authenticate": `Bearer realm="metrics"${wrong}`, "Cache-Control": "no-store" };
      return c.text("Metrics need their token, sent as Authorization: Bearer.\n", 401, headers);
    }
    const text = await prometheus(sources);
    return c.body(text, 200, { "Content-Type": prometheusType, "Cache-Control": "no-store" });
  };
}

/** The token itself is in no message. */
function checkToken(token: unknown): void {
  if (typeof token === "string" && /^[\x21-\x7e]{16,}$/.test(token)) return;
  const shown = typeof token === "string" ? `one of ${token.length} characters` : typeof token;
  const problem = "token of metricsRoute() has to be 16 characters of ASCII or more, without blanks";
  throw new ConfigError("SLUICE_OPTION_TYPE", problem, shown, "Make one with: openssl rand -hex 16");
}
