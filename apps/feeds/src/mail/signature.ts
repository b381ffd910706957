/** The signature of a webhook: an HMAC over the instant and the body, so that neither can be changed or kept for later. */

import { utf8 } from "../text.ts";

/** The header that carries it: `t=<seconds since 1970>,v1=<HMAC-SHA-256 of "t.body" in hexadecimal>`. */
export const signatureHeader = "X-Sluice-Signature";

/** How far the instant may be from ours, either way. */
export const toleranceMs = 5 * 60_000;

/** Whoever has several secrets while changing them signs with each. */
const mostSignatures = 5;

export type Verify = (header: string | undefined, body: Uint8Array, nowMs: number) => Promise<string | undefined>;

/** Makes the check; it gives what is wrong with a signature, or undefined when it is right. */
export function signatureCheck(secret: string): Verify {
  // The key itself and no promise of it: on a Worker one of another request's may never be kept.
  let key: Awaited<ReturnType<typeof imported>> | undefined;
  return async (header, body, nowMs) => {
    const given = parsed(header);
    if (given === undefined)
      return `Sign the body: ${signatureHeader}: t=<seconds>,v1=<hexadecimal HMAC-SHA-256 of "t.body">.`;
    const signed = utf8(`${given.t}.`);
    const message = new Uint8Array(signed.length + body.length);
    message.set(signed);
    message.set(body, signed.length);
    key ??= await imported(secret);
    let isRight = false;
    // All of them, and the platform compares without telling by its time how much of one was right.
    for (const mac of given.macs) {
      if (await crypto.subtle.verify("HMAC", key, mac, message)) isRight = true;
    }
    if (!isRight) return "The signature is not the body's.";
    // Told only to whoever knows the secret.
    if (Math.abs(nowMs - given.t * 1_000) > toleranceMs)
      return "The signature is too old, or of the future; sign anew.";
    return undefined;
  };
}

function imported(secret: string) {
  return crypto.subtle.importKey("raw", utf8(secret), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}

function parsed(
  header: string | undefined,
): { readonly t: number; readonly macs: readonly Uint8Array<ArrayBuffer>[] } | undefined {
  const fields = (header ?? "").split(",").map((field) => /^\s*(t|v1)=([0-9a-f]+)\s*$/i.exec(field));
  const times = fields.flatMap((field) =>
    field?.[1] === "t" && /^\d{1,12}$/.test(field[2] ?? "") ? [field[2] ?? ""] : [],
  );
  const macs = fields.flatMap((field) => (field?.[1] === "v1" && field[2]?.length === 64 ? [bytes(field[2])] : []));
  const [time] = times;
  if (time === undefined || times.length > 1 || macs.length === 0 || macs.length > mostSignatures) return undefined;
  // What was signed is the text as it came, so a second spelling of one instant is no instant.
  return String(Number(time)) === time ? { t: Number(time), macs } : undefined;
}

function bytes(hexadecimal: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array((hexadecimal.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));
}
