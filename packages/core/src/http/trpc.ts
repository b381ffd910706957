/** What tRPC makes of a request, told from its address, and refusals as tRPC's clients read them. Depends on nothing of tRPC. */

import { checkOptions, type Rules } from "../engine/options.ts";
import type { Incoming } from "./incoming.ts";
import { type Refusal, type RefusalReason, refusalProblem } from "./problem.ts";

/** The half of a tRPC transformer, such as superjson, that writes. */
interface Serializer {
  serialize(value: unknown): unknown;
}

/** What `trpc()` can be told. */
export interface TrpcOptions {
  /** The transformer that the router was made with, if any: clients read errors through it, too. */
  readonly transformer?: Serializer | { readonly output: Serializer };
}

/** What an error's `data` says of a refusal, beside tRPC's own `code` and `httpStatus`. */
export interface TrpcRefusal {
  readonly reason: RefusalReason;
  /** The names of the policies that refused. */
  readonly violatedPolicies: readonly string[];
  /** Whole milliseconds; absent when waiting does not help. */
  readonly retryAfterMs?: number;
}

/** The statuses that can be written as tRPC errors. */
export type TrpcErrorStatus = keyof typeof codes;

/** What a mount of tRPC needs; the functions can be taken out of it. */
export interface Trpc {
  /** The number of procedures that a request calls: the `cost` of a limiter. */
  readonly cost: (incoming: Pick<Incoming, "request">) => number;
  /** Answers refusals: the `onDenied` of `rateLimit()`. */
  readonly onDenied: (denial: Refusal & { readonly context: { readonly req: { readonly raw: Request } } }) => Response;
  /** Answers a request of which no procedure is to be called, such as one without a token. */
  readonly error: (request: Request, status: TrpcErrorStatus, message: string, data?: object) => Response;
}

/** tRPC's names and numbers for statuses. */
const codes = {
  400: ["BAD_REQUEST", -32600],
  401: ["UNAUTHORIZED", -32001],
  403: ["FORBIDDEN", -32003],
  404: ["NOT_FOUND", -32004],
  409: ["CONFLICT", -32009],
  413: ["PAYLOAD_TOO_LARGE", -32013],
  429: ["TOO_MANY_REQUESTS", -32029],
  500: ["INTERNAL_SERVER_ERROR", -32603],
  503: ["SERVICE_UNAVAILABLE", -32603],
} as const;

/** Longer batches are answered with one error, which clients take for all: names are short, and errors are not. */
const longestList = 100;

const rules: Rules = {
  transformer: [
    (transformer: Serializer & { output?: Serializer }) => isSerializer(transformer?.output ?? transformer),
    "the transformer of the router, such as superjson",
  ],
};

/**
 * Makes limits speak tRPC 11: a batch costs as many units as it calls procedures, and what is refused is refused in tRPC's
 * own envelope, to a single call as well as to a batch.
 *
 * @example
 * const { cost, onDenied } = trpc();
 * app.use("/trpc/*", rateLimit({ limiters: [byUser({ user, limit: perMinute(60), cost })], onDenied }));
 *
 * @throws ConfigError `SLUICE_OPTION_UNKNOWN` or `SLUICE_OPTION_TYPE`.
 */
export function trpc(options: TrpcOptions = {}): Trpc {
  checkOptions("trpc()", options, rules);
  const { transformer } = options;
  const writer = transformer && ("output" in transformer ? transformer.output : transformer);

  const error: Trpc["error"] = (request, httpStatus, message, data) => {
    const [code, number] = codes[httpStatus];
    const shape = { message, code: number, data: { code, httpStatus, ...data } };
    const one = { error: writer ? writer.serialize(shape) : shape };
    const headers = {
      "Content-Type": "application/json",
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    };
    return new Response(JSON.stringify(enveloped(request, one)), { status: httpStatus, headers });
  };

  return {
    cost: ({ request }) => calls(request).procedures,
    error,
    onDenied({ context, ...refusal }) {
      const { status, detail } = refusalProblem(refusal);
      const { reason, violatedPolicies, retryAfterMs } = refusal;
      return error(context.req.raw, status, detail, { reason, violatedPolicies, retryAfterMs });
    },
  };
}

/**
 * Counts as tRPC does, which looks at the path and `?batch=1` alone, whatever a body holds: an empty name is a call, and so
 * are one that nobody knows and the same one again.
 */
function calls({ url }: Request): { readonly procedures: number; readonly isBatch: boolean } {
  const { pathname, searchParams } = new URL(url);
  const isBatch = searchParams.get("batch") === "1";
  // Names are parted after the path is decoded. In an address that cannot be decoded nothing is called.
  return { procedures: isBatch ? 1 + (pathname.match(/,|%2c/gi)?.length ?? 0) : 1, isBatch };
}

/** A list for a batch; one object where the client waits for a stream, and reads nothing else in place of it. */
function enveloped<T>(request: Request, one: T): T | readonly T[] {
  const { procedures, isBatch } = calls(request);
  return isBatch && procedures <= longestList && !wantsStream(request) ? Array<T>(procedures).fill(one) : one;
}

function wantsStream({ headers }: Request): boolean {
  const stream = "application/jsonl";
  const asked = headers.get("trpc-accept");
  if (asked !== null) return asked === stream;
  return (headers.get("accept") ?? "").split(",").some((type) => type.trim() === stream);
}

function isSerializer(value: Partial<Serializer> | undefined): boolean {
  return typeof value?.serialize === "function";
}
