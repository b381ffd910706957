/** Calling what the application gave us: whatever happens in there, the request goes on. */

import { isPromise } from "../engine/waiting.ts";

/** Tells of an error; never throws. */
export type Complain = (error: unknown) => void;

/** Calls a hook; what it throws or rejects with is told, and is no reason to refuse, admit or fail anybody. */
export function safely(call: () => unknown, complain: Complain): void {
  tell(call, undefined, complain);
}

/** The same for a hook that hears of an event, on every request: without a closure made for it. */
export function tell<E>(hook: (event: E) => unknown, event: E, complain: Complain): void {
  try {
    const result = hook(event);
    if (isPromise(result)) Promise.resolve(result).catch(complain);
  } catch (error) {
    complain(error);
  }
}

/** `onError`, made safe to call; when it fails itself, both errors are on the console. */
export function complaints(onError: ((error: unknown) => unknown) | undefined): Complain {
  if (onError === undefined) return warn;
  return (error) => {
    const failed = (second: unknown): void => {
      warn(error);
      warn(second);
    };
    safely(() => onError(error), failed);
  };
}

/** One line on the console. */
function warn(error: unknown): void {
  console.warn(error instanceof Error ? error.message : error);
}
