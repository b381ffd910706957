/** The Worker around the tests: what it exports are the classes that the bindings of wrangler.jsonc name. */

import { DurableObject } from "cloudflare:workers";
import { SluiceLimiter } from "@sluice/core/durable-object";

export { SluiceLimiter };

/** What becomes of the calls of every faulty object. Tests run in the isolate that the objects run in. */
export const faults: { now: "hang" | "abort" | "throw" | "drop" | undefined } = { now: undefined };

/** The shipped object, with calls that hang, abort it, throw, or are carried out and lost. */
export class FaultyLimiter extends SluiceLimiter {
  override ask(message: unknown): unknown {
    const { now } = faults;
    if (now === "hang") return new Promise(() => {});
    if (now === "throw") throw new Error(`cannot do ${JSON.stringify(message)}`);
    if (now === "abort") abort(this.ctx, message);
    const answer = super.ask(message);
    if (now === "drop") abort(this.ctx, answer);
    return answer;
  }
}

/** The instance ends here and now, and so does the call that it is in. */
function abort(ctx: object, why: unknown): never {
  (ctx as { abort(reason: string): void }).abort(JSON.stringify(why));
  throw new Error("aborted");
}

/** What a counted object has written since it began. Cloudflare bills rows as cursors report them, and one for an alarm. */
export interface Written {
  readonly rows: number;
  readonly alarms: number;
  /** How often it had to ask whether an alarm is set. */
  readonly looks: number;
}

interface CountedStorage {
  readonly sql: { exec(query: string, ...bindings: unknown[]): { readonly rowsWritten: number } };
  setAlarm(instantMs: number): Promise<void>;
  getAlarm(): Promise<number | null>;
}

/** The shipped object, in which every statement is asked how many rows it wrote. */
export class CountedLimiter extends SluiceLimiter {
  readonly #written: () => Written;

  constructor(ctx: { readonly storage: CountedStorage }, env: unknown) {
    const { storage } = ctx;
    const { sql } = storage;
    const [exec, setAlarm, getAlarm] = [sql.exec, storage.setAlarm, storage.getAlarm];
    const cursors: { readonly rowsWritten: number }[] = [];
    let [alarms, looks] = [0, 0];
    sql.exec = (...statement) => {
      const cursor = exec.apply(sql, statement);
      cursors.push(cursor);
      return cursor;
    };
    storage.setAlarm = (instantMs) => {
      alarms++;
      return setAlarm.call(storage, instantMs);
    };
    storage.getAlarm = () => {
      looks++;
      return getAlarm.call(storage);
    };
    super(ctx, env);
    this.#written = () => ({ rows: cursors.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0), alarms, looks });
  }

  written(): Written {
    return this.#written();
  }
}

/** Some other class, bound by mistake; and an API that clients call, which refuses the first request to every path. */
export class Stranger extends DurableObject {
  readonly #seen = new Set<string>();

  async fetch(request: Request): Promise<Response> {
    const isFirst = !this.#seen.has(request.url);
    this.#seen.add(request.url);
    if (isFirst) return new Response("too many", { status: 429, headers: { "retry-after": "1" } });
    return Response.json([request.method, await request.text(), request.headers.get("idempotency-key") !== null]);
  }
}
