/** POST /webhooks/bounces: whoever sends for us says what came back; signed, bounded, and limited before and after. */

import type { RateLimitVariables } from "@sluice/core";
import { Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import * as z from "zod/mini";
import type { Database } from "../database.ts";
import type { Logger } from "../logger.ts";
import { problem } from "../problem.ts";
import { mistakes } from "../validation.ts";
import { applyReport, type BounceReport } from "./bounce-records.ts";
import { signatureCheck, signatureHeader } from "./signature.ts";

/** What the route finds on a request whose signature is right. */
export interface WebhookEnv {
  Variables: RateLimitVariables & { report: BounceReport };
}

interface WebhookDeps {
  readonly db: Database;
  readonly logger: Logger;
  readonly secret: string;
  readonly perAddress: MiddlewareHandler;
  /** Charges the inbox that a report is about. */
  readonly perSender: MiddlewareHandler<WebhookEnv>;
  readonly now: () => number;
}

/** The largest body that is read, in bytes. */
export const largestReport = 65_536;

const address = z
  .string()
  .check(z.trim(), z.toLowerCase(), z.maxLength(320), z.regex(/^[^\s@]+@[^\s@]+$/, "an e-mail address"));

const reportBody = z.strictObject({
  id: z.string().check(z.minLength(1), z.maxLength(200)),
  type: z.enum(["bounce", "complaint"], { error: "bounce or complaint" }),
  inbox: address,
  recipient: address,
  atMs: z.optional(z.int("milliseconds since 1970").check(z.minimum(0), z.maximum(8_640_000_000_000_000))),
  diagnostic: z.optional(z.string().check(z.maxLength(2_000))),
});

/** The route, to be mounted at /webhooks. */
export function bounceWebhook({ db, logger, secret, perAddress, perSender, now }: WebhookDeps): Hono<WebhookEnv> {
  const verify = signatureCheck(secret);
  const tooLarge = `A report has at most ${largestReport} bytes.`;
  return new Hono<WebhookEnv>().post(
    "/bounces",
    perAddress,
    bodyLimit({ maxSize: largestReport, onError: (c) => problem(c, 413, tooLarge) }),
    async function signed(c, next) {
      const body = new Uint8Array(await c.req.arrayBuffer());
      const wrong = await verify(c.req.header(signatureHeader), body, now());
      if (wrong !== undefined) {
        c.header("WWW-Authenticate", 'Sluice-Signature realm="webhooks"');
        return problem(c, 401, wrong);
      }
      const read = reportBody.safeParse(json(body));
      if (!read.success) return problem(c, 400, "The body is not a report.", mistakes(read.error));
      const { atMs = now(), diagnostic = null, ...report } = read.data;
      c.set("report", { ...report, atMs, diagnostic });
      return next();
    },
    perSender,
    async (c) => {
      const { report } = c.var;
      const came = await applyReport(db, report, now());
      if (came === "no such inbox") return problem(c, 404, "There is no inbox of this address.");
      const { id, type, inbox } = report;
      if (came === "news") logger.warn({ report: id, type, inbox }, "an inbox was reported");
      c.header("Cache-Control", "no-store");
      return c.json({ duplicate: came === "duplicate" }, 200);
    },
  );
}

/** Undefined for what is no JSON in UTF-8, which no report is either. */
function json(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body));
  } catch {
    return undefined;
  }
}
