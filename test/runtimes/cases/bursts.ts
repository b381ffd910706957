/** Many requests at once, on a clock that cannot be held: what may pass is an interval, and both of its ends are exact. */

import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { Answer } from "../target.ts";
import type { Question, World } from "./case.ts";
import { countsInWindows, isLimited, type PolicyName, perAddress } from "./limits.ts";

/** So many are under way at once: enough to meet each other, and not so many that they wait for the machine. */
const callers = 8;

/** A machine that is slower than a quota refills cannot spend it. */
const patienceMs = 45_000;

/** What is left of the current window has to last for this long, or the next one is waited for. */
const needed: Readonly<Record<number, number>> = { 10000: 3_500, 60000: 14_000 };

/** Waits for a fresh window where one counts that would end too soon. */
export async function freshWindow({ features }: World, windowMs: number): Promise<void> {
  if (!countsInWindows(features)) return;
  const leftMs = windowMs - (Date.now() % windowMs);
  if (leftMs < (needed[windowMs] ?? 0)) await sleep(leftMs + 25);
}

/** Asks so many times, the question of each number from 0. */
export async function askAll(
  world: World,
  times: number,
  question: (number: number) => Question,
  instance: (number: number) => number = () => 0,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  let asked = 0;
  const call = async (): Promise<void> => {
    while (asked < times) {
      const number = asked++;
      answers[number] = await world.send(question(number), instance(number));
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return answers;
}

/** A quota that is asked for until it is spent. */
export interface Spending {
  readonly policy: PolicyName;
  /** Whole requests that the quota still holds. */
  readonly requests: number;
  /** What a request costs. @default 1 */
  readonly cost?: number;
  /** The quota itself, by which it refills. */
  readonly quota: number;
  /** The status of what is admitted. @default 200 */
  readonly status?: number;
  /** When, by `performance.now()`, the first unit of it was spent. @default now */
  readonly sinceMs?: number;
  question(number: number): Question;
  /** Which instance is asked. @default the first */
  instance?(number: number): number;
}

/**
 * Spends it, and gives the answers that were refused: all that it holds is admitted, and no more than what refills
 * meanwhile. Where nothing limits, more than all is admitted, and nothing is refused.
 */
export async function spend(world: World, spending: Spending): Promise<readonly Answer[]> {
  const { policy, requests, cost = 1, quota, status = 200, question, instance } = spending;
  const windowMs = policy === "ip" ? 10_000 : 60_000;
  await freshWindow(world, windowMs);
  const { sinceMs = performance.now() } = spending;
  const isBounded = isLimited(world.features, policy);
  const first = await askAll(world, isBounded ? requests : requests + callers, question, instance);
  for (const [number, answer] of first.entries()) {
    const told = `request ${number + 1} of the ${requests} that fit answers ${answer.status}: ${answer.body.slice(0, 200)}`;
    expect(answer.status, told).toBe(status);
  }
  if (!isBounded) return [];
  for (let admitted = requests; ; ) {
    const more = await askAll(world, callers, (number) => question(admitted + number), instance);
    const refused = more.filter((answer) => answer.status === 429);
    const passed = more.filter((answer) => answer.status === status);
    expect(refused.length + passed.length, `all answer ${status} or 429`).toBe(more.length);
    admitted += passed.length;
    const most = mostAdmitted(world, { requests, refill: quota / cost, windowMs, sinceMs });
    expect(admitted, `admitted of ${requests} and what refilled`).toBeLessThanOrEqual(most);
    if (refused.length > 0) return refused;
    if (performance.now() - sinceMs > patienceMs) expect.fail(`in ${patienceMs} ms as much refilled as was asked for`);
  }
}

interface Bound {
  readonly requests: number;
  /** Requests that refill in a window. */
  readonly refill: number;
  readonly windowMs: number;
  readonly sinceMs: number;
}

function mostAdmitted({ features }: World, { requests, refill, windowMs, sinceMs }: Bound): number {
  const elapsedMs = performance.now() - sinceMs;
  if (countsInWindows(features)) {
    const ended = Math.floor(Date.now() / windowMs) - Math.floor((Date.now() - elapsedMs) / windowMs);
    return requests + ended * refill;
  }
  // The state's clock has whole milliseconds.
  return requests + Math.floor(((elapsedMs + 2) * refill) / windowMs);
}

/**
 * Asks until it is refused: of a quota that is spent no more can be left than what has refilled. At most so many times, and
 * several at once, since an address refills faster than a slow target answers.
 */
export async function refusal(world: World, question: Question, most = 40): Promise<Answer> {
  for (let asked = 0; asked < most; asked += callers) {
    const answers = await askAll(world, Math.min(callers, most - asked), () => question);
    const refused = answers.find(({ status }) => status === 429);
    if (refused) return refused;
  }
  return expect.fail(`${question.method ?? "GET"} ${question.path} was not refused in ${most} requests`);
}

/** Spends the limit by address of one client, with tokens that nobody has. */
export async function spendAddress(world: World, client: number): Promise<readonly Answer[]> {
  const question = (number: number): Question => {
    return { path: "/api/me", headers: { Authorization: `Bearer guess-${number}` }, client };
  };
  return await spend(world, { policy: "ip", requests: perAddress, quota: perAddress, status: 401, question });
}

/** Clients enough that none of them meets the limit by address within so many requests; the same number, the same one. */
export function crowd(world: World, requests: number): (number: number) => number {
  const clients = Array.from({ length: Math.ceil((requests + 2 * callers) / 80) }, () => world.client());
  return (number) => clients[number % clients.length] as number;
}
