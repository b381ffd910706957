/** Durable Objects for tests: namespaces of their own, a time that can be set, and a look into an object's storage. */

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { LimiterNamespace } from "@sluice/core/durable-object";
import { fakeStartMs, type TestClock } from "@sluice/core/testing";
import { vi } from "vitest";
import type { Written } from "./worker.ts";

/** An object as its caller sees it. */
export interface Stub {
  ask(message: unknown): Promise<unknown>;
  written(): Promise<Written>;
}

export interface Namespace extends LimiterNamespace {
  getByName(name: string, options?: object): Stub;
}

export const { LIMITER, FAULTY, COUNTED, STRANGER } = env as unknown as Readonly<
  Record<"LIMITER" | "FAULTY" | "COUNTED" | "STRANGER", Namespace>
>;

/** Objects that no other test has, every call of which is noted. */
export interface OwnNamespace extends Namespace {
  /** The names asked for, one for each call. */
  readonly calls: readonly string[];
  /** Stubs of the objects called so far. */
  objects(): readonly Stub[];
}

let made = 0;

export function own(namespace: Namespace): OwnNamespace {
  const prefix = `${++made}/`;
  const calls: string[] = [];
  return {
    calls,
    objects: () => [...new Set(calls)].map((name) => namespace.getByName(prefix + name)),
    getByName(name, options) {
      const stub = namespace.getByName(prefix + name, options);
      return {
        ask(message) {
          calls.push(name);
          return stub.ask(message);
        },
        written: () => stub.written(),
      };
    },
  };
}

/** Moves the time of tests and of objects, which share it; alarms and deadlines go on by the real one. */
export const clock: TestClock = {
  set: (instantMs) => void vi.setSystemTime(instantMs),
  advance: (ms) => void vi.setSystemTime(Date.now() + ms),
};

/** To be called at the top of a file. */
export function holdTime(): void {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(fakeStartMs);
}

/** What is used of an object's storage from outside. */
export interface Storage {
  readonly sql: { exec(query: string, ...bindings: unknown[]): { toArray(): Record<string, unknown>[] } };
  getAlarm(): Promise<number | null>;
  deleteAll(): Promise<void>;
}

/** Does something with an object's storage, inside it. */
export function inStorage<R>(stub: Stub | undefined, look: (storage: Storage) => R | Promise<R>): Promise<R> {
  return runInDurableObject(stub, (_object, { storage }) => look(storage as Storage));
}

/** The names of an object's rows; undefined where it has no table. */
export function rowsOf(stub: Stub | undefined): Promise<readonly string[] | undefined> {
  return inStorage(stub, ({ sql }) => {
    const tables = sql.exec("SELECT name FROM sqlite_master WHERE name = 'counters'").toArray();
    if (tables.length === 0) return undefined;
    return sql
      .exec("SELECT name FROM counters ORDER BY name")
      .toArray()
      .map(({ name }) => String(name));
  });
}
