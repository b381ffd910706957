/** Why something is held and until when, checked as a form wants it told. */

import { AdminError } from "./admin-error.ts";
import type { HoldDraft } from "./outbound-admin.ts";

const longestReason = 500;

/** The reason without blanks around it. Throws AdminError `invalid`, field `reason`. */
export function checkedReason(given: unknown): string {
  const reason = typeof given === "string" ? given.trim() : "";
  if (reason.length >= 1 && reason.length <= longestReason && reason.isWellFormed()) return reason;
  throw new AdminError("invalid", `Say why, in 1 to ${longestReason} characters.`, { field: "reason" });
}

/** The hold that is asked for. Throws AdminError `invalid`, field `reason` or `untilMs`. */
export function checkedHold({ reason, untilMs }: HoldDraft, nowMs: number): HoldDraft {
  const checked = checkedReason(reason);
  if (untilMs === undefined) return { reason: checked };
  if (Number.isSafeInteger(untilMs) && untilMs > nowMs) return { reason: checked, untilMs };
  const cure = "Name an instant that is still to come, or leave it out to hold it until somebody resumes.";
  throw new AdminError("invalid", cure, { field: "untilMs" });
}
