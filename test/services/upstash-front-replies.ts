/** Redis replies as Upstash answers them: JSON, with every string in base64 where the client asked for it. */

/** A reply as the connection gives it: strings as bytes, whole numbers as their digits. */
export type Reply = Buffer | string | null | Error | readonly Reply[];

/** What is answered, before it is put into JSON. */
export interface Answer {
  readonly status: number;
  /** One reply, several each by itself, or one error for all. */
  readonly body: { readonly reply: Reply } | { readonly replies: readonly Reply[] };
}

/** One error for the whole request. */
export function failed(status: number, message: string): Answer {
  return { status, body: { reply: new Error(message) } };
}

export function encodedAnswer({ body }: Answer, base64: boolean): string {
  const item = (reply: Reply) => {
    return reply instanceof Error ? { error: reply.message } : { result: plain(reply, base64, true) };
  };
  return JSON.stringify("reply" in body ? item(body.reply) : body.replies.map(item));
}

/** Numbers and null stay as they are, and so does a lone OK; errors within an array have nowhere else to go. */
function plain(reply: Reply, base64: boolean, isOutermost: boolean): unknown {
  if (reply === null) return null;
  if (typeof reply === "string") return Number(reply);
  if (reply instanceof Error) return plain(Buffer.from(reply.message), base64, false);
  if (!Buffer.isBuffer(reply)) return (reply as readonly Reply[]).map((each) => plain(each, base64, false));
  const text = reply.toString("utf8");
  return base64 && !(isOutermost && text === "OK") ? reply.toString("base64") : text;
}
