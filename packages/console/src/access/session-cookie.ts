/** The session's cookie: who, until when, and a random id, signed. Nothing of it is kept on the server. */

import { base64urlOf, textOf } from "../base64url.ts";
import { randomId, type Signing } from "./signing.ts";

/** A session that was opened here and has not ended. */
export interface OpenSession {
  /** Random, new at every login. */
  readonly id: string;
  readonly who: string;
  readonly untilMs: number;
  /** What requests that change something must carry. */
  readonly csrf: string;
}

/** Longer than any cookie of ours: a name is cut at 100 characters. Whatever exceeds it is refused unread. */
const longest = 1_000;

/** A new session, and the text of its cookie. */
export async function openSession(keys: Signing, who: string, untilMs: number): Promise<{ cookie: string }> {
  const text = `v1.${randomId()}.${untilMs}.${base64urlOf(who)}`;
  return { cookie: `${text}.${await keys.sign(sessionText(text))}` };
}

/** The session of a cookie; undefined where it is tampered with, cut, signed by another key, or has ended. */
export async function readSession(
  keys: Signing,
  cookie: string | undefined,
  nowMs: number,
): Promise<OpenSession | undefined> {
  if (cookie === undefined || cookie.length > longest) return undefined;
  const end = cookie.lastIndexOf(".");
  const text = cookie.slice(0, Math.max(end, 0));
  if (!(await keys.verify(sessionText(text), cookie.slice(end + 1)))) return undefined;
  const [version, id, until, name, ...rest] = text.split(".");
  const [untilMs, who] = [Number(until), name === undefined ? undefined : textOf(name)];
  if (version !== "v1" || !id || !who || rest.length > 0 || !(nowMs < untilMs)) return undefined;
  return { id, who, untilMs, csrf: await keys.sign(`csrf\n${id}`) };
}

/** The key signs two kinds of text: neither may pass as the other. */
function sessionText(text: string): string {
  return `session\n${text}`;
}
