/** The middleware: asks the limiters, asks the backend once, lets the request pass or refuses it, and settles. */

import type { Context, Env, MiddlewareHandler, TypedResponse } from "hono";
import { memory } from "../backends/memory.ts";
import { isPromise } from "../engine/waiting.ts";
import type { RefusalProblem, RefusalStatus } from "../http/problem.ts";
import { complaints, safely, tell } from "../limiters/hooks.ts";
import type { Asked } from "../limiters/limiter.ts";
import { announce } from "./announce.ts";
import { askLimiters } from "./ask-limiters.ts";
import { type DenialLine, denialLog } from "./denial-log.ts";
import { type Explanation, explained } from "./explain.ts";
import { type Charged, withRules } from "./failure.ts";
import { fitting } from "./fitting.ts";
import { HonoIncoming } from "./hono-incoming.ts";
import { isTwin } from "./mounted-twice.ts";
import { addressless, firstOnly, warnOfIsolates } from "./once.ts";
import { checkMount, type RateLimitOptions } from "./options.ts";
import { type Denial, denialsOf, refuse } from "./refuse.ts";
import { settlements } from "./settle.ts";
import { shown } from "./shown.ts";
import { keep, limitsOf, tightestFirst } from "./variables.ts";

/** A refusal as Hono's RPC client sees it: beside the answers of the routes that this middleware stands in front of. */
export type RefusalResponse = {
  [Status in RefusalStatus]: Response & TypedResponse<RefusalProblem<Status>, Status, "json">;
}[RefusalStatus];

/** The same for a whole app, whose routes do not know what is mounted in front: `ApplyGlobalResponse<typeof app, Refusals>`. */
export type Refusals = { [Status in RefusalStatus]: { json: RefusalProblem<Status> } };

/** The middleware, and beside it a way to ask what it would do. */
export interface RateLimitHandler<E extends Env = Env> extends MiddlewareHandler<E, string, object, RefusalResponse> {
  /** Which limiters would apply to this request, with which key and policy, and what they would answer. Charges nothing. */
  explain(context: Context<E>): Promise<readonly Explanation[]>;
}

/**
 * Limits requests.
 *
 * @example
 * const app = new Hono();
 * app.use("/api/*", rateLimit({ limiters: [byIp({ source: socket(), limit: per("10s", 100) })] }));
 *
 * @throws ConfigError for anything that makes no sense; see docs/errors.md.
 */
// biome-ignore lint/suspicious/noExplicitAny: as in Hono itself, a middleware that asks nothing of the environment fits any.
export function rateLimit<E extends Env = any>(options: RateLimitOptions<E>): RateLimitHandler<E> {
  const formats = checkMount(options);
  const { limiters, backend = memory(), onDecision, onDenied, onSettled } = options;
  const complain = complaints(options.onError);
  const ruled = withRules(backend, complain);
  const log = options.log === false ? undefined : denialLog(options.log ?? toConsole, complain);
  const hooks = { onDenied, log, complain };
  const names = limiters.map(({ name }) => name);
  const once = firstOnly(complain);
  const fitted = fitting<Context<E>>(backend, complain, once);
  // Also where the backend cannot: in an outage it is the fallback that settles what it has charged.
  const settles = limiters.some(({ settle }) => settle !== undefined);
  let isDefault = options.backend === undefined;

  async function rateLimit(context: Context<E>, next: () => Promise<void>): Promise<void> {
    const { raw } = context.req;
    if (raw.method === "OPTIONS" && raw.headers.has("Access-Control-Request-Method")) return next();
    if (isDefault) {
      isDefault = false;
      warnOfIsolates(complain);
    }
    const incoming = new HonoIncoming(context);
    const answers = askLimiters(limiters, incoming, complain);
    const asked = isPromise(answers) ? await answers : answers;
    const earlier = limitsOf(context);
    const charged: Charged<Context<E>>[] = [];
    const unasked: Denial<Context<E>>[] = [];
    for (const each of asked) {
      const one = fitted(each);
      if (isCharged(one) && !isTwin(one, earlier, backend, once)) charged.push(one);
      if (one.refusal === "no-address") once(`no address ${one.limiter.name}`, () => addressless(one));
      if (one.refusal !== undefined && !one.limiter.shadow) unasked.push({ asked: one });
    }
    const isRefused = unasked.length > 0;
    const consumed =
      isRefused || charged.length === 0 ? { allowed: !isRefused, decisions: [] } : ruled.consume(charged);
    const outcome = isPromise(consumed) ? await consumed : consumed;
    const { allowed, decisions } = outcome;
    const sorted = tightestFirst(decisions);
    const own = shown(charged, outcome, sorted);
    const mounts = [{ backend, decisions }];
    const all = keep(context, earlier, { allowed, decisions: sorted, shown: own, limiters: names, mounts });
    if (onDecision !== undefined && decisions.length > 0) {
      tell(onDecision, { allowed, decisions, context }, complain);
    }
    if (allowed) {
      await next();
      if (settles) {
        safely(() => {
          const entries = settlements(charged, decisions, context.res, incoming, complain);
          if (onSettled && entries.length > 0) tell(onSettled, { settlements: entries, backend, context }, complain);
          // The answer does not wait for the counts.
          const settled = ruled.settle(entries);
          if (isPromise(settled)) incoming.waitUntil(settled.catch(complain));
        }, complain);
      }
    } else {
      await refuse(context, hooks, isRefused ? unasked : denialsOf(charged, decisions), outcome);
    }
    // Inner mounts have decided meanwhile.
    announce(context, { formats, own, all: (limitsOf(context) ?? all).shown });
  }

  const explain = async (context: Context<E>): Promise<readonly Explanation[]> =>
    explained((await askLimiters(limiters, new HonoIncoming(context), complain)).map(fitted), ruled.consume);

  return Object.assign(rateLimit, { explain }) as RateLimitHandler<E>;
}

function isCharged<C>(one: Asked<C>): one is Charged<C> {
  return one.charge !== undefined;
}

function toConsole(line: DenialLine): void {
  console.warn(JSON.stringify(line));
}
