/** The way of charges through several layers: who admitted what, and what is undone when a later layer does not. */

import type { Backend } from "../engine/backend.ts";
import type { Charge, Decision, Outcome } from "../engine/charge.ts";
import { isPromise, whenKnown } from "../engine/waiting.ts";

/** What one layer decided of a charge. */
export interface Part {
  readonly layer: Backend;
  readonly decision: Decision;
}

/** What a part finally cost. */
export interface PartCost extends Part {
  readonly cost: number;
}

/**
 * Asks every layer in order, up to the first denial. Layers that can settle get back what they booked when a later one
 * denies or fails. Of each charge that went all the way, `arrived` is told what every layer decided.
 */
export function passThrough(
  layers: readonly Backend[],
  charges: readonly Charge[],
  arrived: (decision: Decision, parts: readonly Part[]) => void,
): Outcome | Promise<Outcome> {
  /** Each charge as the next layer is asked; absent when it goes no further. */
  const going: (Charge | undefined)[] = [...charges];
  const parts: Part[][] = charges.map(() => []);
  const hasSlots = layers.at(-1)?.features.delay === true;
  let delayMs: number | undefined;

  const latest = (index: number): Part => (parts[index] as Part[]).at(-1) as Part;

  const decisions = (): readonly Decision[] =>
    charges.map(({ cost }, index) => {
      const { decision } = latest(index);
      // A later layer may have been asked for no more than an earlier one had.
      return decision.cost === cost ? decision : { ...decision, cost };
    });

  const from = (at: number): Outcome | Promise<Outcome> => {
    const layer = layers[at];
    const indexes = charges.flatMap((_, index) => (going[index] === undefined ? [] : [index]));
    if (layer === undefined || (indexes.length === 0 && at > 0)) return finished();
    const patient = hasSlots && layer.features.delay;
    return answered(
      () => layer.consume(indexes.map((index) => asked(going[index] as Charge, patient))),
      (outcome) => {
        const earlier = parts.flat();
        for (const [place, index] of indexes.entries()) {
          parts[index]?.push({ layer, decision: outcome.decisions[place] as Decision });
        }
        if (!outcome.allowed) {
          const { retryAfterMs } = outcome;
          return whenKnown(giveBack(earlier), () => ({ allowed: false, retryAfterMs, decisions: decisions() }));
        }
        if (outcome.delayMs !== undefined) delayMs = Math.max(delayMs ?? 0, outcome.delayMs);
        return whenKnown(giveBack(indexes.flatMap(goOn)), () => from(at + 1));
      },
      (error) =>
        whenKnown(giveBack(parts.flat()), () => {
          throw error;
        }),
    );
  };

  /** Prepares a charge for the next layer, or takes it out: a shadow that is refused goes no further. Gives what to undo. */
  const goOn = (index: number): readonly Part[] => {
    const charge = going[index] as Charge;
    const { allowed, charged } = latest(index).decision;
    if (!allowed) {
      going[index] = undefined;
      return parts[index] as Part[];
    }
    const isPart = charge.minCost !== undefined && charged > 0 && charged < charge.cost;
    if (isPart) going[index] = { ...charge, cost: charged };
    return [];
  };

  const finished = (): Outcome | Promise<Outcome> => {
    const outcome: Outcome = { allowed: true, retryAfterMs: undefined, delayMs, decisions: decisions() };
    const surplus: PartCost[] = [];
    for (const [index, decision] of outcome.decisions.entries()) {
      const charge = going[index];
      if (charge === undefined) continue;
      const own = parts[index] as Part[];
      arrived(decision, own);
      if (charge.minCost === undefined || decision.charged === 0) continue;
      for (const part of own) {
        if (part.decision.charged > decision.charged) surplus.push({ ...part, cost: decision.charged });
      }
    }
    return whenKnown(settleQuietly(surplus), () => outcome);
  };

  return from(0);
}

/** A layer that has no slots, or behind which there are none, decides for now. */
function asked(charge: Charge, patient: boolean): Charge {
  return patient || charge.maxDelayMs === undefined ? charge : { ...charge, maxDelayMs: undefined };
}

/** Goes on with what a call gives or with how it fails, at once where it answers at once. */
function answered<T, R>(
  call: () => T | Promise<T>,
  use: (value: T) => R | Promise<R>,
  failed: (error: unknown) => R | Promise<R>,
): R | Promise<R> {
  let value: T | Promise<T>;
  try {
    value = call();
  } catch (error) {
    return failed(error);
  }
  return isPromise(value) ? Promise.resolve(value).then(use, failed) : use(value);
}

function giveBack(parts: readonly Part[]): void | Promise<void> {
  return settleQuietly(parts.filter(({ decision }) => decision.charged > 0).map((part) => ({ ...part, cost: 0 })));
}

/** What cannot be given back stays spent: never too much is admitted, at times too little. */
function settleQuietly(entries: readonly PartCost[]): void | Promise<void> {
  if (entries.length === 0) return;
  return answered(
    () => settleParts(entries),
    () => {},
    () => {},
  );
}

/** Settles at every layer that can; a layer that fails keeps no other from settling, and is told of in the end. */
export function settleParts(entries: readonly PartCost[]): void | Promise<void> {
  const byLayer = new Map<Backend, { readonly decision: Decision; readonly cost: number }[]>();
  for (const { layer, decision, cost } of entries) {
    const own = byLayer.get(layer) ?? [];
    byLayer.set(layer, own);
    own.push({ decision, cost });
  }
  return everyOne(
    [...byLayer].map(
      ([layer, own]) =>
        () =>
          layer.settle?.(own),
    ),
  );
}

/** Makes every call, and then fails as the first that failed. */
export function everyOne(calls: readonly (() => void | Promise<void>)[]): void | Promise<void> {
  const errors: unknown[] = [];
  const failed = (error: unknown): void => {
    errors.push(error);
  };
  const waiting = calls.map((call) => answered(call, () => {}, failed)).filter(isPromise);
  const end = (): void => {
    if (errors.length > 0) throw errors[0];
  };
  return waiting.length === 0 ? end() : Promise.all(waiting).then(end);
}
