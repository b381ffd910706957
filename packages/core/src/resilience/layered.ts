/** Several backends, one behind the other: a charge passes all of them, cheap ones before exact ones. */

import type { Backend, Features } from "../engine/backend.ts";
import { type Decision, hundredths } from "../engine/charge.ts";
import { ConfigError } from "../engine/errors.ts";
import { isBackend } from "../engine/options.ts";
import { everyOne, type Part, passThrough, settleParts } from "./layered-passage.ts";

/**
 * Asks every layer in order: the first denial ends it, and what the last layer knows is the answer.
 *
 * A layer that can settle gets its charge back when a later one denies or fails. One that cannot is a gate, whose charge
 * is never returned. A layer that fails fails the whole; around one that may be missing belongs `fallback(gate, "open")`.
 *
 * @example
 * layered(rateLimitBindings({ ceilings }), durableObject(env.LIMITER));
 *
 * @throws ConfigError `SLUICE_OPTION_MISSING` without a layer, `SLUICE_OPTION_TYPE` for one that is no backend.
 */
export function layered(...layers: readonly [Backend, ...Backend[]]): Backend {
  checkLayers(layers);
  const partsOf = new WeakMap<Decision, readonly Part[]>();
  const last = layers.at(-1) as Backend;
  const features = featuresOf(layers);
  const { block, lease } = last;

  return {
    name: `layered(${layers.map(({ name }) => name).join(", ")})`,
    features,
    supports(policy) {
      for (const layer of layers) {
        const reason = layer.supports(policy);
        if (reason !== undefined) return `${layer.name}: ${reason}`;
      }
      return undefined;
    },
    consume: (charges) =>
      passThrough(layers, charges, (decision, parts) => {
        partsOf.set(decision, parts);
      }),
    ...(features.settle && {
      settle(entries) {
        // All are checked before any layer settles.
        for (const { cost } of entries) hundredths(cost);
        return settleParts(
          entries.flatMap(({ decision, cost }) => {
            // A decision of somebody else's making is at most the last layer's business.
            const parts = partsOf.get(decision) ?? [{ layer: last, decision }];
            return parts.map((part) => ({ ...part, cost }));
          }),
        );
      },
    }),
    ...(features.reset && {
      reset: (identity) => everyOne(layers.map((layer) => () => layer.reset?.(identity))),
    }),
    // In the last layer alone: one that is nearer may be this process's own, where nobody else could lift or shorten it.
    ...(block && { block: (identity, forMs, options) => block.call(last, identity, forMs, options) }),
    // Of one name only one place can know the holder, and the last layer is the one that all share.
    ...(lease && { lease: (request) => lease.call(last, request) }),
  };
}

/**
 * What the last layer decides stands on every admitted decision, so what is known and how far it holds is its part.
 * A denial comes from the first layer that says no, and those behind it are not asked: after its wait one of them may
 * deny, so together they are not exact, even where each is.
 */
function featuresOf(layers: readonly Backend[]): Features {
  const { scope, exact, durable, remaining, cost, delay, block, lease } = (layers.at(-1) as Backend).features;
  return {
    scope,
    exact: exact && layers.length === 1,
    durable,
    remaining,
    cost,
    delay,
    settle: layers.some(({ features }) => features.settle),
    reset: layers.some(({ features }) => features.reset),
    block,
    lease,
    acrossShards: layers.every(({ features }) => features.acrossShards),
  };
}

function checkLayers(layers: readonly Backend[]): void {
  if (layers.length === 0) {
    const cure = "Give the cheap one first and the exact one last.";
    throw new ConfigError("SLUICE_OPTION_MISSING", "layered() takes backends", undefined, cure);
  }
  for (const layer of layers) {
    if (isBackend(layer)) continue;
    const cure = 'Make one, such as memory() of "@sluice/core/memory".';
    throw new ConfigError("SLUICE_OPTION_TYPE", "a layer is a backend, with consume() and supports()", layer, cure);
  }
}
