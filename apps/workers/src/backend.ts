/** From the Worker's env to the backend that it chooses, or to what is wrong with the choice, without what is secret. */

import { type Backend, isConfigError } from "@sluice/core";
import { type BoundLimit, rateLimitBindings } from "@sluice/core/cloudflare";
import { durableObject } from "@sluice/core/durable-object";
import { memory } from "@sluice/core/memory";
import { layered } from "@sluice/core/resilience";
import { upstash } from "@sluice/core/upstash";
import type { Logger } from "@sluice/feeds";
import { backendName, type Mistaken, mistakesHeard, restToken, restUrl, unusedSettings } from "@sluice/feeds/settings";
import { ceilings, type NamedLimit, tiers } from "./bindings.ts";
import { openGate } from "./gate.ts";

/** A Worker's variables, secrets and bindings; nobody has checked what they are. */
export type Env = Readonly<Record<string, unknown>>;

/** The backend, and the names of settings that were given for one that is not chosen; or one line for each mistake. */
export type Chosen =
  | { readonly backend: Backend; readonly unused: readonly string[] }
  | { readonly mistakes: readonly string[] };

type Make = (env: Env, logger: Logger, mistaken: Mistaken) => Backend;

const makers = {
  "durable-object": (env, logger, mistaken) => {
    const limits = bound(ceilings, env, (one) => rateLimitBindings({ ceilings: [one] }), mistaken);
    const exact = attempt("", mistaken, () => durableObject(env["LIMITER"] as Parameters<typeof durableObject>[0]));
    if (limits === undefined || exact === undefined) return neverAsked;
    return layered(openGate(rateLimitBindings({ ceilings: limits }), logger), exact);
  },

  cloudflare: (env, logger, mistaken) => {
    const limits = bound(tiers, env, (one) => rateLimitBindings({ tiers: [one] }), mistaken);
    if (limits === undefined) return neverAsked;
    return rateLimitBindings({
      tiers: limits,
      onLowerLimit: ({ name, limit }, { name: binding, limit: admitted }) => {
        logger.warn({ policy: name, limit, binding, admitted }, "a lower limit than the policy's serves it");
      },
    });
  },

  upstash: (env, _, mistaken) => {
    const url = restUrl(textOf(env["UPSTASH_REDIS_REST_URL"]), mistaken);
    const token = restToken(textOf(env["UPSTASH_REDIS_REST_TOKEN"]), mistaken);
    if (url === "" || token === "") return neverAsked;
    // Which addresses a token may be sent to is for core to say; its message has no secret in it.
    return attempt("UPSTASH_REDIS_REST_URL is refused: ", mistaken, () => upstash({ url, token })) ?? neverAsked;
  },

  memory: () => memory(),
} as const satisfies Readonly<Record<string, Make>>;

/** Where a Worker of this app can count. */
export type BackendName = keyof typeof makers;

const backendNames = Object.keys(makers) as readonly BackendName[];

const settingsOf: Readonly<Partial<Record<BackendName, readonly string[]>>> = {
  upstash: ["UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"],
};

/** Stands where a mistake has been told. */
const neverAsked: Backend = memory();

/** Makes the backend that `RATE_LIMIT_BACKEND` names; does nothing until the first request. */
export function chosenBackend(env: Env, logger: Logger): Chosen {
  const { mistakes, mistaken } = mistakesHeard();
  const name = backendName(env, backendNames, "durable-object", mistaken);
  if (name === undefined) return { mistakes };
  const backend = makers[name](env, logger, mistaken);
  return mistakes.length > 0 ? { mistakes } : { backend, unused: unusedSettings(env, settingsOf, name) };
}

/** The bindings by their names; each that is missing, or is none, is told. */
function bound(
  limits: readonly NamedLimit[],
  env: Env,
  tryOne: (one: BoundLimit) => unknown,
  mistaken: Mistaken,
): readonly BoundLimit[] | undefined {
  const all = limits.map((limit) => ({ ...limit, binding: env[limit.name] as BoundLimit["binding"] }));
  const fit = all.filter((one) => attempt("", mistaken, () => tryOne(one)) !== undefined);
  return fit.length === all.length ? all : undefined;
}

function attempt<T>(setting: string, mistaken: Mistaken, make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!isConfigError(error)) throw error;
    mistaken(`${setting}${error.message}`);
    return undefined;
  }
}

/** Variables may be any JSON; what is no text is refused as an address or a token that cannot be read. */
function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}
