/** What `session()` can be told, checked when it is told. */

import type { AddressSource, Backend } from "@sluice/core";
import { aBackend, aBoolean, aFunction, checkOptions, type Rules } from "@sluice/core/engine";
import type { Context } from "hono";
import { aDatabase, type Database } from "../database.ts";
import { aPublicUrl } from "./same-origin.ts";

export interface SessionOptions {
  /** Where the key that signs cookies and the audit log are. */
  readonly db: Database;
  /**
   * Whose token this is: the name for the audit log, or undefined for nobody's. Compare it in constant time.
   * Asked at most five times in 15 minutes for each address that is wrong.
   */
  readonly verify: (token: string, c: Context) => string | undefined | Promise<string | undefined>;
  /** Where failed logins are counted: exact and able to block, and not switched off with the limits of the product. */
  readonly backend: Backend;
  /** Where the client's address comes from: `cloudflare()`, `socket()`, `forwarded({ … })`. None is guessed. */
  readonly source: AddressSource;
  /** The address people use, such as `https://app.example`, where a proxy changes host or scheme on the way to the app. */
  readonly publicUrl?: string | undefined;
  /**
   * Whether the cookie is for https alone.
   * @default whether `publicUrl` is https, or the request came by it
   */
  readonly secure?: boolean | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /**
   * Hears of a backend that fails, of clients without an address, and of lines that could not be written.
   * @default one line on the console
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const rules: Rules = {
  db: aDatabase,
  verify: aFunction("a function that tells whose token this is"),
  backend: aBackend,
  source: aFunction("cloudflare(), socket(), forwarded({ trustedProxies: 1 }) or header(name)"),
  publicUrl: aPublicUrl,
  secure: aBoolean,
  now: aFunction("a function giving milliseconds"),
  onError: aFunction(),
};

/** @throws ConfigError `SLUICE_OPTION_MISSING`, `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_UNKNOWN`. */
export function checkSession(options: SessionOptions): void {
  checkOptions("session()", options, rules, ["db", "verify", "backend", "source"]);
}

/** The rule of what `session()` makes. */
export const aSession: Rules[string] = [
  (session: { login?: unknown } | null) => typeof session?.login === "function",
  "made by session()",
];
