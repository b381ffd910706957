/** One run of a job under a lease that was just taken, from its first line to the note that it leaves. */

import type { Job, LeaseOptions } from "./job.ts";
import { LeaseLostError } from "./lease-lost.ts";
import { ended } from "./run-note.ts";
import type { Taken } from "./taking.ts";

/** What a run tells those who keep records. */
export interface Told {
  now(): number;
  /** The lease is lost, and the note is somebody else's. */
  lost(error: LeaseLostError): Promise<void>;
  /** The backend failed at the end of a run. */
  failed(error: unknown): void;
}

/** Runs the job, lets the name go, and then answers or throws what the job did. */
export async function run<Value>(
  { holding, note }: Taken,
  name: string,
  job: Job<Value>,
  { instantMs, signal: callers }: LeaseOptions,
  told: Told,
): Promise<Value> {
  const { fence, leftMs } = holding;
  const signal = callers === undefined ? holding.signal : AbortSignal.any([holding.signal, callers]);
  let value: Value | undefined;
  let failure: { readonly error: unknown } | undefined;
  try {
    // Lost before it began: granted so late, or the wait for the run before it was cut short.
    leftMs();
    signal.throwIfAborted();
    value = await job({ name, signal, fence, instantMs, leftMs });
  } catch (error) {
    failure = { error };
  }
  // A job that ignored its signal, or came to its end in the very moment at which the lease could have ended elsewhere.
  leftMs();
  let lost = holding.lost();
  let isWritten = false;
  try {
    const left = ended(note, told.now(), lost === undefined ? failure : { error: lost });
    isWritten = await holding.end(JSON.stringify(left));
    if (!isWritten) lost ??= new LeaseLostError(name, "taken", fence);
  } catch (error) {
    // The lease ends by itself; what the job did is not undone by it.
    told.failed(error);
  }
  if (lost !== undefined) {
    if (failure !== undefined && failure.error !== lost) lost.cause = failure.error;
    if (!isWritten) await told.lost(lost);
    throw lost;
  }
  if (failure !== undefined) throw failure.error;
  return value as Value;
}
