/** Runs one case: makes its policies, keeps its time, and asks in the words that cases use. */

import type { Backend } from "../engine/backend.ts";
import type { Charge, Outcome } from "../engine/charge.ts";
import { isConfigError } from "../engine/errors.ts";
import type { Policy } from "../engine/policy.ts";
import type { Case, ChargeDetails, Subject, Trial } from "./case.ts";
import { fakeStartMs } from "./clock.ts";
import { ConformanceError, holds, same } from "./conformance-error.ts";
import { type Algorithm, policyOf, restMsOf } from "./shape.ts";

/** The policies of a case under an algorithm; `prefix` keeps them apart from those of every other run. */
export function policiesOf({ policies }: Case, algorithm: Algorithm, prefix: string): ReadonlyMap<string, Policy> {
  const named = Object.entries(policies).map(
    ([name, shape]) => [name, policyOf(shape, algorithm, prefix + (shape.name ?? name))] as const,
  );
  return new Map(named);
}

/** What keeps a run of a case apart from every other, also where all are put to one place. */
export function prefixOf(algorithm: Algorithm, index: number): string {
  return `${algorithm}.${index}.`;
}

export function trial(
  subject: Subject,
  backend: Backend,
  algorithm: Algorithm,
  policies: ReadonlyMap<string, Policy>,
  prefix: string,
): Trial {
  let instant = fakeStartMs;

  const policy = (name: string): Policy => {
    const found = policies.get(name);
    if (found === undefined) throw new Error(`the case declares no policy "${name}"`);
    return found;
  };
  const charge = (name: string, details: ChargeDetails = {}): Charge => ({
    policy: policy(name),
    key: "k",
    cost: 1,
    ...details,
  });
  const consume = async (...charges: readonly Charge[]): Promise<Outcome> => {
    const outcome = await backend.consume(charges);
    same("decisions in an outcome", outcome.decisions.length, charges.length);
    return outcome;
  };
  const asks = async (allowed: boolean, what: string, charges: readonly Charge[]): Promise<Outcome> => {
    const outcome = await consume(...charges);
    same(`${what}: allowed`, outcome.allowed, allowed);
    return outcome;
  };
  const admitted = async (times: number, ...charges: readonly Charge[]): Promise<number> => {
    let count = 0;
    for (let i = 0; i < times; i++) if ((await consume(...charges)).allowed) count++;
    return count;
  };
  const set = async (instantMs: number): Promise<void> => {
    instant = instantMs;
    await subject.clock?.set(instantMs);
  };
  const advance = async (ms: number): Promise<void> => {
    instant += ms;
    await subject.clock?.advance(ms);
  };

  return {
    backend,
    algorithm,
    crowd: subject.crowd ?? 200,
    policy,
    charge,
    consume,
    admits: (what, ...charges) => asks(true, what, charges),
    denies: (what, ...charges) => asks(false, what, charges),
    admitted,
    left: (name, details) => admitted(policy(name).limit + 3, charge(name, details)),
    async settle(decision, cost) {
      if (decision === undefined) throw new ConformanceError("there is no decision to settle");
      await backend.settle?.([{ decision, cost }]);
    },
    async reset(name, details = {}) {
      await backend.reset?.({ policy: policy(name), key: "k", ...details });
    },
    async block(name, forMs, { shorten, ...identity } = {}) {
      const options = shorten === undefined ? undefined : { shorten };
      await backend.block?.({ policy: policy(name), key: "k", ...identity }, forMs, options);
    },
    async lease(request) {
      if (backend.lease === undefined) throw new ConformanceError("the backend has no lease()");
      return await backend.lease({ ...request, name: prefix + request.name });
    },
    async refuses(code, call) {
      let thrown: unknown;
      try {
        await call();
      } catch (error) {
        thrown = error;
      }
      holds(`a ConfigError ${code} was expected`, isConfigError(thrown) && thrown.code === code, String(thrown));
    },
    now: () => instant,
    advance,
    set,
    wait: (ms) => (subject.clock || !subject.sleep ? advance(ms) : subject.sleep(ms)),
    restMs: (name) => restMsOf(policy(name)),
    trips: () => subject.trips?.() ?? 0,
  };
}
