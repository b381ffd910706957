/** Runs in workerd: callers who hammer one object, Sluice's or a bare one, and tell how long it took. */

import { type Policy, perHour, policy } from "@sluice/core";
import { durableObject, type LimiterNamespace, SluiceLimiter } from "@sluice/core/durable-object";
import { BareBucket } from "./bare-bucket.ts";
import { fromCallers } from "./callers.ts";
import { CountedLimiter, type Written } from "./counted-limiter.ts";
import { slow } from "./rates.ts";

export { BareBucket, CountedLimiter, SluiceLimiter };

/** What is asked of the Worker. */
export interface Task {
  readonly contender: "sluice" | "sluice denied" | "counted" | "counted denied" | "upsert" | "constant";
  readonly operations: number;
}

/** What it did, and what was written meanwhile by the objects that count it. */
export interface Done extends Partial<Written> {
  readonly ms: number;
  readonly allowed: number;
  readonly denied: number;
}

interface Namespace<Stub extends object> {
  getByName(name: string, options?: object): Stub;
}

/** An object's methods as its callers see them: promises of what they give. */
type Remote<O> = {
  readonly [M in keyof O]: O[M] extends (...args: infer A) => infer R ? (...args: A) => Promise<R> : O[M];
};

interface Env {
  readonly LIMITER: Namespace<SluiceLimiter>;
  readonly COUNTED: Namespace<Remote<CountedLimiter>>;
  readonly BARE: Namespace<Remote<BareBucket>>;
}

/** One question to one object, and what that object has written. */
interface Asking {
  ask(key: string): Promise<boolean>;
  readonly written?: (() => Promise<Written>) | undefined;
}

const fits = policy("fits", slow);
const spent = policy("spent", perHour(1));
const keys = Array.from({ length: 1_000 }, (_, i) => `client:${i}`);
const shard = "bench";

function asking({ LIMITER, COUNTED, BARE }: Env, contender: Task["contender"]): Asking {
  switch (contender) {
    // A stub is made for each question, as Sluice does.
    case "upsert":
      return { ask: async (key) => (await BARE.getByName(shard).upsert(key)).allowed };
    case "constant":
      return { ask: async (key) => (await BARE.getByName(shard).constant(key)).allowed };
    case "sluice":
      return { ask: sluice(LIMITER, fits) };
    case "sluice denied":
      return { ask: sluice(LIMITER, spent) };
    default: {
      let asked = "";
      const getByName: typeof COUNTED.getByName = (name, options) => {
        asked = name;
        return COUNTED.getByName(name, options);
      };
      const ask = sluice({ getByName }, contender === "counted" ? fits : spent);
      return { ask, written: () => COUNTED.getByName(asked).written() };
    }
  }
}

function sluice(namespace: LimiterNamespace, asked: Policy): Asking["ask"] {
  const backend = durableObject(namespace, { denyCache: false, deadlineMs: 30_000 });
  return async (key) => (await backend.consume([{ policy: asked, key, shard, cost: 1 }])).allowed;
}

/** Made once, as in the module scope of a Worker. */
const askings = new Map<Task["contender"], Asking>();

/** The Worker. */
export const worker = {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { contender, operations } = (await request.json()) as Task;
    const { ask, written } = askings.get(contender) ?? asking(env, contender);
    askings.set(contender, { ask, written });
    let allowed = 0;
    const repeat = fromCallers(async (operation) => {
      if (await ask(keys[operation % keys.length] as string)) allowed++;
    });
    const from = Date.now();
    await repeat(operations);
    const ms = Date.now() - from;
    const done: Done = { ms, allowed, denied: operations - allowed, ...(await written?.()) };
    return Response.json(done);
  },
};
