/** What is known of users: stale answers serve while they are looked up anew, and failures keep what was last known. */

import type { Clock } from "../engine/clock.ts";
import { SluiceError } from "../engine/errors.ts";
import type { Incoming } from "../http/incoming.ts";

/** How the cache looks users up. */
export interface PlanCacheOptions<U> {
  readonly lookup: (userId: string) => U | Promise<U>;
  /** What holds while nothing is known of a user. */
  readonly fallback: U;
  readonly ttlMs: number;
  readonly timeoutMs: number;
  readonly maxUsers: number;
  readonly clock: Clock;
  readonly complain: (error: unknown) => void;
}

/** Users by id. */
export interface PlanCache<U> {
  /** `incoming` keeps a lookup alive that outlasts its request. */
  get(userId: string, incoming?: Pick<Incoming, "waitUntil">): U | Promise<U>;
  /** What was last known, however old. */
  peek(userId: string): U | undefined;
  invalidate(userId?: string): void;
}

interface Known<U> {
  readonly user: U;
  readonly since: number;
  /** Of the cache when the lookup began; -1 once the user was edited. */
  readonly version: number;
}

interface Flight<U> {
  readonly since: number;
  readonly version: number;
  /** Shared by the flights that replaced one another because they took too long; an edit begins a new line. */
  readonly line: object;
  answer?: Promise<U>;
}

/** Timers of more than 31 bits fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Remembers lookups, one under way for each user. */
export function planCache<U>(options: PlanCacheOptions<U>): PlanCache<U> {
  const { lookup, fallback, ttlMs, timeoutMs, maxUsers, clock, complain } = options;
  const users = new Map<string, Known<U>>();
  const flights = new Map<string, Flight<U>>();
  let version = 0;
  // Whose lookups failed since that was told: one user whose lookup always fails says nothing of the others'.
  const failing = new Set<string>();

  const failed = (userId: string, problem: string, cause?: unknown): void => {
    const isTold = failing.size > 0;
    if (failing.size < maxUsers) failing.add(userId);
    if (isTold) return;
    complain(new SluiceError("SLUICE_PLAN_LOOKUP_FAILED", `${problem}; what was last known holds`, { cause }));
  };

  const succeeded = (userId: string): void => {
    if (!failing.has(userId)) return;
    failing.clear();
    complain(new SluiceError("SLUICE_PLAN_LOOKUP_RECOVERED", "plans can be looked up again"));
  };

  /** Puts a user's entry behind all others, and drops the one put longest ago where there are too many. */
  const putLast = <V>(map: Map<string, V>, userId: string, value: V): void => {
    map.delete(userId);
    const [oldest] = map.keys();
    if (map.size >= maxUsers && oldest !== undefined) map.delete(oldest);
    map.set(userId, value);
  };

  /** An edit may have come after the database was read; then a newer lookup is to be remembered, not this one. */
  const remember = (userId: string, user: U, flight: Flight<U>): U => {
    if (flights.get(userId)?.line !== flight.line) return user;
    putLast(users, userId, { user, since: clock.now(), version: flight.version });
    return user;
  };

  // Remembered like an answer, so that a database in trouble is left alone for a while.
  const lastKnown = (userId: string, flight: Flight<U>): U =>
    remember(userId, users.get(userId)?.user ?? fallback, flight);

  const look = async (userId: string, flight: Flight<U>): Promise<U> => {
    try {
      const user = await lookup(userId);
      succeeded(userId);
      return remember(userId, user, flight);
    } catch (cause) {
      failed(userId, `a plan could not be looked up (${cause instanceof Error ? cause.message : cause})`, cause);
      return lastKnown(userId, flight);
    } finally {
      if (flights.get(userId) === flight) flights.delete(userId);
    }
  };

  /** Nobody waits longer than this; the lookup itself goes on, and its answer is remembered when it comes. */
  const inTime = (userId: string, flight: Flight<U>): Promise<U> =>
    new Promise((resolve) => {
      const late = (): void => {
        failed(userId, `a plan was not looked up within ${timeoutMs} ms`);
        resolve(lastKnown(userId, flight));
      };
      const timer = setTimeout(late, Math.min(timeoutMs, longestTimerMs));
      void look(userId, flight).then((user) => {
        clearTimeout(timer);
        resolve(user);
      });
    });

  /** One lookup a user at a time, shared by whoever comes meanwhile; on a Worker its request may be gone for good. */
  const flightOf = (userId: string, incoming: Pick<Incoming, "waitUntil"> | undefined): Promise<U> => {
    const now = clock.now();
    const under = flights.get(userId);
    const isUnderWay = under?.version === version && Math.abs(now - under.since) < timeoutMs;
    if (isUnderWay && under.answer !== undefined) return under.answer;
    const line = under?.version === version ? under.line : {};
    const flight: Flight<U> = { since: now, version, line };
    // A database that never answers must not fill the memory either.
    putLast(flights, userId, flight);
    flight.answer = inTime(userId, flight);
    incoming?.waitUntil?.(flight.answer);
    return flight.answer;
  };

  return {
    get(userId, incoming) {
      const known = users.get(userId);
      if (known === undefined || known.version !== version) return flightOf(userId, incoming);
      // A clock that has jumped ahead and returned must not keep an old answer fresh.
      const age = clock.now() - known.since;
      if (age >= ttlMs || age < 0) void flightOf(userId, incoming);
      return known.user;
    },

    peek: (userId) => users.get(userId)?.user,

    invalidate(userId) {
      if (userId === undefined) {
        version++;
        return;
      }
      // One user's edit leaves the others' alone; the last known answer stays, should the database be away.
      const known = users.get(userId);
      if (known !== undefined) users.set(userId, { ...known, version: -1 });
      flights.delete(userId);
    },
  };
}
