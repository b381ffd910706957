/** What a page says after a form was sent: one of a list of sentences, by a code in a cookie that lives for a minute. */

import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { AuditAction } from "../admin/audit-admin.ts";
import type { Tone } from "./parts.tsx";

/** A change, or none. */
export type Done = AuditAction | "plan.same";

/** Sentences by the change that was made. Text of an address or a cookie is never shown. */
const sentences = {
  "plan.create": "The plan is there. Users can be put on it.",
  "plan.update": "The plan is saved: it holds from the next request on, everywhere within five seconds.",
  "plan.same": "Nothing was changed: the plan is as it was.",
  "plan.remove": "The plan is gone.",
  "user.plan": "The user's plan is changed. Units that are spent stay spent.",
  "user.forget": "Overrides and denials of the user are forgotten.",
  "override.set": "The override holds from the next request on.",
  "override.remove": "The override is gone; the plan's number holds again.",
  "override.review": "Reviewed: your name and the time are noted.",
  "user.block": "The user is blocked.",
  "user.unblock": "The user is let in again.",
  "quota.reset": "The counter is whole again.",
  "sending.pause": "Sending is paused.",
  "sending.resume": "Sending goes on.",
  "inbox.pause": "The inbox is paused.",
  "inbox.resume": "The inbox sends again.",
  "inbox.release": "The inbox is released.",
  "api.pause": "Calls of the API are paused.",
  "api.resume": "Calls of the API go on.",
  "breaker.isolate": "The breaker is open: no call goes out.",
  "breaker.close": "The breaker is closed: calls go out.",
  login: "You are logged in.",
  "login.refused": "That login was refused.",
  undo: "Undone: what was before holds again.",
} as const satisfies Record<Done, string>;

export interface Flash {
  readonly tone: Tone;
  readonly sentence: string;
  /** The line of the audit log that can be undone. */
  readonly undo?: number | undefined;
}

const cookie = "sluice-flash";

/** For the next page: says that this was done and, given the line of the audit log, offers to undo it. */
export function setFlash(c: Context, base: string, done: Done, undo?: number): void {
  const value = undo === undefined ? done : `${done}~${undo}`;
  setCookie(c, cookie, value, { path: base || "/", httpOnly: true, sameSite: "Strict", maxAge: 60 });
}

/** What the page before left, once. */
export function takeFlash(c: Context, base: string): Flash | undefined {
  const value = getCookie(c, cookie);
  if (value === undefined) return undefined;
  deleteCookie(c, cookie, { path: base || "/" });
  const [, done, undo] = /^([a-z.]{1,40})(?:~(\d{1,15}))?$/.exec(value) ?? [];
  if (done === undefined || !Object.hasOwn(sentences, done)) return undefined;
  const sentence = sentences[done as Done];
  return { tone: "good", sentence, ...(undo !== undefined && { undo: Number(undo) }) };
}
