/** Which backend the environment chooses, checked; an address is shown without what is secret in it, a token never. */

import { dirname, join } from "node:path";
import {
  backendName,
  type Mistaken,
  mistakesHeard,
  restToken,
  restUrl,
  shortened,
  unusedSettings,
} from "@sluice/feeds/settings";
import { redisUrl } from "./backend-address.ts";
import { isFilePath, isInMemory } from "./file-path.ts";

/** A backend with everything it needs to be opened. */
export type BackendChoice =
  | { readonly name: "memory" | "noop" }
  | { readonly name: "sqlite"; readonly path: string }
  | { readonly name: "redis"; readonly url: string }
  | { readonly name: "upstash"; readonly url: string; readonly token: string };

/** The settings that belong to each backend. */
const settingsOf = {
  memory: [],
  sqlite: ["SQLITE_LIMITS_PATH"],
  redis: ["REDIS_URL"],
  upstash: ["UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"],
  noop: [],
} as const satisfies Readonly<Record<BackendChoice["name"], readonly string[]>>;

const forRedis = "a redis:// or rediss:// address is for RATE_LIMIT_BACKEND=redis, as REDIS_URL";

const names = Object.keys(settingsOf) as BackendChoice["name"][];

/** Environment variables that are set. */
type Given = Readonly<Record<string, string | undefined>>;

/** A choice, and the names of settings that were given for backends that are not chosen; or one line for each mistake. */
export type ReadChoice =
  | { readonly choice: BackendChoice; readonly unused: readonly string[] }
  | { readonly mistakes: readonly string[] };

/** Reads the choice; a file for limits goes into the database's folder unless it has a path of its own. */
export function readChoice(given: Given, databasePath: string): ReadChoice {
  const { mistakes, mistaken } = mistakesHeard();
  const name = backendName(given, names, "memory", mistaken);
  if (name === undefined) return { mistakes };
  const choice = chosen(name, given, databasePath, mistaken);
  return mistakes.length > 0 ? { mistakes } : { choice, unused: unusedSettings(given, settingsOf, name) };
}

function chosen(name: BackendChoice["name"], given: Given, databasePath: string, mistaken: Mistaken): BackendChoice {
  switch (name) {
    case "sqlite":
      return { name, path: limitsPath(given["SQLITE_LIMITS_PATH"], databasePath, mistaken) };
    case "redis":
      return { name, url: redisUrl(given["REDIS_URL"], mistaken) };
    case "upstash":
      return {
        name,
        url: restUrl(given["UPSTASH_REDIS_REST_URL"], mistaken, forRedis),
        token: restToken(given["UPSTASH_REDIS_REST_TOKEN"], mistaken),
      };
    default:
      return { name };
  }
}

function limitsPath(path: string | undefined, databasePath: string, mistaken: Mistaken): string {
  if (path === undefined) {
    if (!isInMemory(databasePath)) return join(dirname(databasePath), "limits.sqlite");
    const why = `since DATABASE_PATH=${shortened(databasePath)} names no folder to put it into`;
    return mistaken(`RATE_LIMIT_BACKEND="sqlite" needs SQLITE_LIMITS_PATH, the path of a file, ${why}`);
  }
  if (isInMemory(path)) {
    const cure = "has to be the path of a file; to count in memory, set RATE_LIMIT_BACKEND=memory";
    return mistaken(`SQLITE_LIMITS_PATH=${shortened(path)} ${cure}`);
  }
  if (!isFilePath(path)) {
    return mistaken(`SQLITE_LIMITS_PATH=${shortened(path)} has to be the path of a file`);
  }
  return path;
}
