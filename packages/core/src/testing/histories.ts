/** Random histories put to a backend and to the pure steps side by side: every decision must be the same. */

import type { Backend } from "../engine/backend.ts";
import type { Charge, Decision, Identity, Outcome } from "../engine/charge.ts";
import { isConfigError } from "../engine/errors.ts";
import type { Policy } from "../engine/policy.ts";
import type { Subject } from "./case.ts";
import { notClaimed } from "./claims.ts";
import { fakeClock, fakeStartMs } from "./clock.ts";
import { ConformanceError } from "./conformance-error.ts";
import { type Draft, history, type Step } from "./history.ts";
import { reference } from "./reference.ts";
import { type Algorithm, algorithms, policyOf } from "./shape.ts";

/** Which histories, and how long. */
export interface HistoryOptions {
  /**
   * One history for each; keep those that once failed.
   * @default 1 to 20
   */
  readonly seeds?: readonly number[];
  /**
   * Steps in a history.
   * @default 60
   */
  readonly length?: number;
  /**
   * How many shorter histories are tried when one fails, to show the shortest that still does.
   * @default 200
   */
  readonly shortening?: number;
}

/** A run of histories of one algorithm, or of all of them mixed. */
export interface HistoryEntry {
  readonly name: string;
  /** Why it is not run: what the backend does not claim. */
  readonly skip?: string;
  /** Rejects with a {@link ConformanceError} that has the seed and the shortest failing history found. */
  run(): Promise<void>;
}

/** Random histories for every algorithm the subject is to be proven on, and for all of them together. */
export async function histories(subject: Subject, options: HistoryOptions = {}): Promise<readonly HistoryEntry[]> {
  const { seeds = Array.from({ length: 20 }, (_, i) => i + 1), length = 60, shortening = 200 } = options;
  const claimed = subject.algorithms ?? algorithms;
  const probe = await subject.make();
  const skip = notClaimed({ needs: ["exact", "remaining", "clock"] }, probe, subject, []);
  await subject.close?.(probe);
  return [...claimed, "mixed" as const].map((algorithm) => ({
    name: `${algorithm}: ${seeds.length} random histories are decided as the pure steps decide them`,
    ...(skip !== undefined && { skip }),
    async run() {
      for (const seed of seeds) {
        const steps = history(seed, length, algorithm, probe, claimed);
        const prefix = `${algorithm}.h${seed}.`;
        const difference = await firstDifference(subject, steps, prefix);
        if (difference === undefined) continue;
        const shortest = await shorten(subject, steps.slice(0, difference.at + 1), prefix, shortening);
        throw told(probe.name, algorithm, seed, shortest);
      }
    },
  }));
}

interface Difference {
  readonly at: number;
  readonly expected: string;
  readonly got: string;
}

interface Failing {
  readonly steps: readonly Step[];
  readonly difference: Difference;
}

/** Runs the steps on a fresh backend and on the reference; `prefix` keeps the counters of several runs apart. */
async function firstDifference(
  subject: Subject,
  steps: readonly Step[],
  prefix: string,
): Promise<Difference | undefined> {
  const clock = fakeClock();
  await subject.clock?.set(fakeStartMs);
  const tested = await subject.make();
  const pure = reference(clock);
  const [left, right] = [side(tested, prefix), side(pure, prefix)];
  try {
    for (const [at, step] of steps.entries()) {
      if (step.do === "advance") {
        clock.advance(step.ms);
        pure.moved();
        await subject.clock?.set(clock.now());
        continue;
      }
      if (right.touched(step).some((identity) => pure.eitherWay(identity))) continue;
      const got = await left.take(step);
      const expected = await right.take(step);
      if (got !== expected) return { at, got, expected };
    }
    return undefined;
  } finally {
    await subject.close?.(tested);
  }
}

/** One of the two backends, with the decisions it has made. */
interface Side {
  /** The counters that a step is about. */
  touched(step: Step): readonly Identity[];
  /** Takes a step, and tells what came as text. */
  take(step: Step): Promise<string>;
}

function side(backend: Backend, prefix: string): Side {
  const decisions: Decision[] = [];
  const policies = new Map<string, Policy>();
  const charge = ({ algorithm, shape, details }: Draft): Charge => {
    const name = JSON.stringify([algorithm, shape]);
    const policy = policies.get(name) ?? policyOf(shape, algorithm, prefix + shape.name);
    policies.set(name, policy);
    return { policy, ...details };
  };
  const answered = (outcome: Outcome): string => {
    decisions.push(...outcome.decisions);
    return toldOutcome(outcome);
  };

  const takes = async (step: Step): Promise<string> => {
    switch (step.do) {
      case "consume":
        return answered(await backend.consume(step.charges.map(charge)));
      case "consumeEach": {
        const outcomes = await backend.consumeEach?.(step.groups.map((group) => group.map(charge)));
        return outcomes?.map(answered).join("; ") ?? "";
      }
      case "settle": {
        const decision = decisions[step.decision];
        if (decision) await backend.settle?.([{ decision, cost: step.cost }]);
        return "settled";
      }
      case "reset":
        await backend.reset?.(charge(step.of));
        return "reset";
      case "block":
        await backend.block?.(charge(step.of), step.forMs, { shorten: step.shorten });
        return "blocked";
      default:
        return "";
    }
  };

  return {
    touched(step) {
      if (step.do === "consume") return step.charges.map(charge);
      if (step.do === "consumeEach") return step.groups.flat().map(charge);
      if (step.do === "block") return [charge(step.of)];
      const decision = step.do === "settle" ? decisions[step.decision] : undefined;
      return decision ? [decision] : [];
    },
    async take(step) {
      try {
        return await takes(step);
      } catch (error) {
        return isConfigError(error) ? `throws ${error.code}` : `throws ${String(error)}`;
      }
    },
  };
}

function toldOutcome({ allowed, retryAfterMs, delayMs, decisions }: Outcome): string {
  const each = decisions.map((decision) => {
    const { policy, key, shard, cost, remaining, resetAfterMs, windowAfterMs } = decision;
    const numbers = [remaining, resetAfterMs, windowAfterMs].map((number) => rounded(number)).join(" ");
    const verdict = decision.allowed
      ? `fits, charged ${decision.charged}`
      : `denied ${decision.retryAfterMs ?? "for ever"}`;
    return `${policy.name}/${policy.limit} ${shard ?? ""}#${key} ${cost}: ${verdict}, reads ${numbers}`;
  });
  const head = allowed ? `allowed after ${delayMs ?? 0}` : `denied for ${retryAfterMs ?? "ever"}`;
  return `${head} (${each.join(" | ")})`;
}

/** What is not a whole number may differ in its last digits, where another language computed it. */
function rounded(number: number | undefined): string {
  return number === undefined || number === null ? "absent" : Number(number.toPrecision(9)).toString();
}

/** Leaves out steps, many at a time and then one by one, as long as what is left still fails. */
async function shorten(subject: Subject, steps: readonly Step[], prefix: string, tries: number): Promise<Failing> {
  let attempt = 0;
  const fails = (candidate: readonly Step[]) => firstDifference(subject, candidate, `${prefix}${++attempt}.`);
  let best: Failing = { steps, difference: { at: steps.length - 1, got: "", expected: "" } };
  for (
    let size = Math.ceil(steps.length / 2);
    size >= 1 && attempt < tries;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let from = best.steps.length - size; from >= 0 && attempt < tries; from--) {
      // Settlements count decisions, so leaving out a charge changes which one they mean: that is tried like the rest.
      const candidate = [...best.steps.slice(0, from), ...best.steps.slice(from + size)];
      const difference = await fails(candidate);
      if (difference) best = { steps: candidate.slice(0, difference.at + 1), difference };
      from = Math.min(from, best.steps.length);
    }
  }
  const difference = await fails(best.steps);
  return difference ? { steps: best.steps, difference } : best;
}

function told(
  backend: string,
  algorithm: Algorithm | "mixed",
  seed: number,
  { steps, difference }: Failing,
): ConformanceError {
  const lines = [
    `${backend}, ${algorithm}, seed ${seed}: decides otherwise than the pure steps (promise 4)`,
    ...steps.map((step, i) => `  ${i + 1}. ${JSON.stringify(step)}`),
    `  got      ${difference.got}`,
    `  expected ${difference.expected}`,
  ];
  return new ConformanceError(lines.join("\n"), 4);
}
