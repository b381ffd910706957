/** Changing what leaves, also where a response does not want to be changed. */

import type { Context } from "hono";

/** A response before it is made. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers | Readonly<Record<string, string>>;
  readonly body: ReadableStream | string | null;
}

/** Sets a header of the response of this request, or appends to it. */
export function setHeader(context: Context, name: string, value: string, how: "set" | "append" = "set"): void {
  try {
    context.res.headers[how](name, value);
  } catch {
    // The response of a fetch has headers that cannot be changed.
    const changeable = new Response(context.res.body, context.res);
    changeable.headers[how](name, value);
    exchange(context, changeable);
  }
}

/**
 * Answers this in place of anything else; what outer middleware has set so far (CORS, say) is kept, but never instead
 * of what the answer says itself.
 */
export function answer(context: Context, { status, headers, body }: Answer): void {
  const own = new Headers(headers);
  const all = new Headers(own);
  for (const [name, value] of context.res.headers) {
    if (name !== "content-type" && !own.has(name)) all.append(name, value);
  }
  exchange(context, new Response(body, { status, headers: all }));
}

/** Hono would let the headers of the response before win over those of the new one. */
function exchange(context: Context, response: Response): void {
  context.res = undefined;
  context.res = response;
}
