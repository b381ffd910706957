/** Whether the database's address, its token or a client of it can be what it says; a token is never shown. */

import { ConfigError, type ConfigErrorCode } from "../engine/errors.ts";

/** How the database is to be reached, as told. */
interface Told {
  readonly url?: unknown;
  readonly token?: unknown;
  readonly redis?: unknown;
}

const where = "Both are in the Upstash console, under REST API.";

/**
 * Checks how `upstash()` is to reach its database.
 *
 * @throws ConfigError `SLUICE_OPTION_TYPE` or `SLUICE_OPTION_MISSING`.
 */
export function checkReach({ url, token, redis }: Told): void {
  if (redis === undefined) {
    checkUrl(url);
    checkToken(token);
    return;
  }
  if (url !== undefined || token !== undefined) {
    const cure = "A client has its own address and token: leave out the others.";
    throw new ConfigError("SLUICE_OPTION_TYPE", "upstash() takes either redis, or url and token", "both", cure);
  }
  checkClient(redis);
}

function checkUrl(url: unknown): void {
  const wrong = (problem: string, shown: unknown, code: ConfigErrorCode = "SLUICE_OPTION_TYPE"): ConfigError =>
    new ConfigError(code, `url of upstash() ${problem}`, shown, `Give it UPSTASH_REDIS_REST_URL. ${where}`);

  if (url === undefined || url === "") throw wrong("is missing", url, "SLUICE_OPTION_MISSING");
  if (typeof url !== "string" || !URL.canParse(url)) {
    throw wrong("is no address", typeof url === "string" ? "text without https://" : typeof url);
  }
  const { protocol, hostname, host, username, password, search, hash } = new URL(url);
  // Only this much is shown: what else is in an address may be a password.
  const shown = `${protocol}//${host}`;
  if (/^rediss?:$/.test(protocol)) throw wrong("is the address for TCP, not the one for REST", shown);
  if (protocol !== "https:" && !(protocol === "http:" && isNear(hostname))) {
    throw wrong("has to begin with https://, so that the token stays secret", shown);
  }
  if (username || password || search || hash) throw wrong("has more in it than a host and a path", shown);
}

/** This machine, or a name that means nothing outside of this network, such as another container's. */
function isNear(hostname: string): boolean {
  return /^(127(\.\d+){3}|\[::1\]|[^.]+|.+\.(localhost|internal))$/.test(hostname);
}

function checkToken(token: unknown): void {
  if (typeof token === "string" && /^[!-~]+$/.test(token)) return;
  const given = typeof token === "string" ? "text with spaces or special characters" : typeof token;
  const [code, problem, shown] =
    token === undefined || token === ""
      ? (["SLUICE_OPTION_MISSING", "is missing", token] as const)
      : (["SLUICE_OPTION_TYPE", "is no token", given] as const);
  throw new ConfigError(code, `token of upstash() ${problem}`, shown, `Give it UPSTASH_REDIS_REST_TOKEN. ${where}`);
}

function checkClient(redis: unknown): void {
  const { evalsha, eval: evaluate, sendCommand } = (redis ?? {}) as Record<string, unknown>;
  // Clients of TCP have methods of these names, too, with other arguments.
  if (typeof sendCommand === "function") {
    const cure = 'Give it to redis() of "@sluice/core/redis", or make one with Redis of "@upstash/redis".';
    throw new ConfigError(
      "SLUICE_OPTION_TYPE",
      "redis of upstash() speaks REST, and this client TCP",
      "a client of TCP",
      cure,
    );
  }
  if (typeof evalsha === "function" && typeof evaluate === "function") return;
  const cure = 'Make one with Redis of "@upstash/redis".';
  throw new ConfigError("SLUICE_OPTION_TYPE", "redis of upstash() has to be a client of Upstash", typeof redis, cure);
}
