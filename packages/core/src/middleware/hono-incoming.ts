/** A request of Hono's as limiters see it. */

import type { Context, Env } from "hono";
import type { Incoming } from "../http/incoming.ts";

/** What limiters are given; a class, so that a request costs no closure. */
export class HonoIncoming<E extends Env> implements Incoming<Context<E>> {
  readonly request: Request;
  readonly env: unknown;
  readonly context: Context<E>;

  constructor(context: Context<E>) {
    this.request = context.req.raw;
    this.env = context.env;
    this.context = context;
  }

  waitUntil(work: Promise<unknown>): void {
    try {
      this.context.executionCtx.waitUntil(work);
    } catch {
      // Node, Bun and tests have no execution context, and need none.
    }
  }
}
