/** What went wrong between here and Upstash, without the commands that its client puts into messages. */

import { BackendError, type BackendErrorCode } from "../engine/backend-error.ts";

/** What the client threw, as a failure of this backend or as the plain reply of the database. */
export function upstashFailure(error: unknown, backend: string, deadlineMs: number): Error {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const failure = (code: BackendErrorCode, problem: string): Error => new BackendError(code, backend, problem);

  if (name === "TimeoutError" || name === "AbortError") {
    return failure("SLUICE_BACKEND_TIMEOUT", `did not answer within ${deadlineMs} ms`);
  }
  if (name === "UpstashJSONParseError" || name === "SyntaxError") {
    return failure(
      "SLUICE_BACKEND_ANSWER",
      "answered with something that is not JSON; is the url that of its REST API?",
    );
  }
  const reply = replyOf(message);
  if (/^(WRONGPASS|NOAUTH|Unauthorized)/i.test(reply)) return failure("SLUICE_BACKEND_REFUSED", "refused the token");
  if (/^NOPERM/.test(reply)) {
    return failure("SLUICE_BACKEND_REFUSED", "refused to run scripts with this token; is it the read-only one?");
  }
  if (/limit exceeded|too many requests/i.test(reply)) {
    return failure("SLUICE_BACKEND_OVERLOADED", "has no requests left in its plan, or too many at once");
  }
  // Errors of the database begin with a word in capitals; what that means is the same as on any Redis.
  if (/^[A-Z_]{2,}( |$)/.test(reply)) return new Error(reply);
  return name === "UpstashError" || isMisread(error)
    ? failure("SLUICE_BACKEND_ANSWER", "answered with something that is no reply to a script")
    : failure("SLUICE_BACKEND_UNREACHABLE", "could not be reached, or broke off before its answer");
}

/** The words of the database, between what the client puts before them and the command that it puts behind them. */
function replyOf(message: string): string {
  return message.replace(/^Command (\d+ \[ \w+ \] )?failed: /, "").replace(/, command was: [\s\S]*$/, "");
}

/** Whether the client stumbled over the answer: JSON of another shape is nothing that it expects. */
function isMisread(error: unknown): boolean {
  return error instanceof TypeError && /is not a function|is not iterable|undefined|null/.test(error.message);
}
