/** Reads what a service answers: a stranger's text, so never more of it than is needed, and nothing is taken for granted. */

import { StepError } from "./step-error.ts";

/** A page of search results has a tenth of it. */
const longestAnswer = 512 * 1024;

/** How long the end of an answer may take once it has begun, in milliseconds. */
const readingMs = 30_000;

/** What a status means where it is not of the ordinary kind. */
export type StatusMeaning = Readonly<Partial<Record<number, StepError["trouble"]>>>;

const meanings: StatusMeaning = {
  401: "operator",
  402: "operator",
  403: "operator",
  404: "operator",
  405: "operator",
  408: "service",
  410: "operator",
  425: "service",
  429: "limit",
};

/** What was wrong with the operator's part, in words. */
const said: Readonly<Partial<Record<number, string>>> = {
  401: "does not take our key",
  402: "has no credit left for us",
  403: "does not let us in: look at the key and what it may do",
  404: "has nothing there: look at its address",
};

/**
 * The text of an answer that was given.
 *
 * @throws StepError for any status but 2xx, and for a body that is too long or breaks off.
 */
export async function answered(service: string, response: Response, own: StatusMeaning = {}): Promise<string> {
  const { status } = response;
  const meaning = own[status] ?? meanings[status] ?? general(status);
  if (meaning === undefined) return textOf(service, response);
  await response.body?.cancel().catch(() => {});
  const words = meaning === "operator" ? (said[status] ?? "answers elsewhere: look at its address") : "answered";
  throw new StepError(meaning, `${service} ${words} (status ${status})`);
}

function general(status: number): StepError["trouble"] | undefined {
  if (status >= 500) return "service";
  if (status >= 400) return "answer";
  // Our keys go to the address that was given, and to no other.
  return status >= 300 ? "operator" : undefined;
}

async function textOf(service: string, response: Response): Promise<string> {
  if (response.body === null) return "";
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let [text, length, isLate] = ["", 0, false];
  // The client's own time for bodies holds a process on Deno up until it is over, since nobody can take it back.
  const timer = setTimeout(() => {
    isLate = true;
    reader.cancel().catch(() => {});
  }, readingMs);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (isLate) throw new StepError("service", `${service} did not end its answer`);
      if (done) return text + decoder.decode();
      length += value.byteLength;
      if (length > longestAnswer) throw new StepError("answer", `${service} answered more than ${longestAnswer} bytes`);
      text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** An answer as JSON. @throws StepError */
export function asJson(service: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new StepError("answer", `${service} answered what is no JSON`);
  }
}

/** What lies at the end of a path of names and numbers; undefined where the path ends sooner. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<string | number, unknown>)[step];
  }
  return found;
}
