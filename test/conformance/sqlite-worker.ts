/** A process of its own on a SQLite file: says that it is ready, does what it is told, and tells what came of it. */

import { openSync, writeSync } from "node:fs";
import { argv } from "node:process";
import { type Charge, per, policy } from "@sluice/core/engine";
import { sqlite } from "@sluice/core/sqlite";
import { libraries } from "./sqlite-libraries.ts";

/** A unit of a limit that returns nothing while the test lasts, in words that can be sent to a process. */
export interface Asked {
  readonly policy: string;
  readonly limit: number;
  readonly key: string;
}

/** What a worker is told to do. */
export type Order =
  /** Asks so many times for each of these, one after the other. */
  | { readonly do: "ask"; readonly times: number; readonly questions: readonly (readonly Asked[])[] }
  /** Takes a name so many times, holds it for a moment, and gives it back. */
  | { readonly do: "lease"; readonly times: number; readonly name: string }
  /** Asks for one without end, and adds a dot to a file for each time that it was admitted. */
  | { readonly do: "acknowledge"; readonly asked: Asked; readonly file: string };

/** What a worker tells: first that it is ready, then for each question how often it was admitted, and what failed. */
export interface Told {
  readonly admitted: readonly number[];
  readonly failed: readonly string[];
  /** The fences that were granted. */
  readonly fences?: readonly number[];
}

export function chargeOf({ policy: name, limit, key }: Asked): Charge {
  return { policy: policy(name, per("1d", limit, { algorithm: "fixed-window" })), key, cost: 1 };
}

const [, , library, path] = argv;
const open = libraries[library ?? ""];
if (process.send && open && path !== undefined) {
  // More processes than cores ask without a pause: each may have to wait for all the others.
  const backend = sqlite(open(path), { deadlineMs: 10_000 });

  const ask = (times: number, questions: readonly (readonly Asked[])[]): Told => {
    const charges = questions.map((question) => question.map(chargeOf));
    const admitted = questions.map(() => 0);
    const failed: string[] = [];
    for (let i = 0; i < times; i++) {
      for (const [index, asked] of charges.entries()) {
        try {
          if (backend.consume(asked).allowed) admitted[index] = (admitted[index] ?? 0) + 1;
        } catch (error) {
          failed.push(String(error));
        }
      }
    }
    return { admitted, failed };
  };

  const lease = (times: number, name: string): Told => {
    const failed: string[] = [];
    const fences: number[] = [];
    for (let i = 0; i < times; i++) {
      try {
        const { granted, fence } = backend.lease({ name, verb: "take", ttlMs: 60_000 });
        if (!granted) continue;
        fences.push(fence);
        const end = backend.lease({ name, verb: "renew", ttlMs: 0, fence });
        if (!end.granted) failed.push(`fence ${fence} was taken by ${end.fence}`);
      } catch (error) {
        failed.push(String(error));
      }
    }
    return { admitted: [], failed, fences };
  };

  process.on("message", (order: Order) => {
    if (order.do === "lease") {
      process.send?.(lease(order.times, order.name));
      return;
    }
    if (order.do === "ask") {
      process.send?.(ask(order.times, order.questions));
      return;
    }
    const charge = chargeOf(order.asked);
    const file = openSync(order.file, "a");
    // Written before it asks again, and by then out of this process: what stands there was acknowledged.
    for (;;) if (backend.consume([charge]).allowed) writeSync(file, ".");
  });
  process.send({ admitted: [], failed: [] } satisfies Told);
}
