/** Waits for a client of ioredis to be ready, and for the node of a Cluster that a key lives on. */

import { BackendError } from "../engine/backend-error.ts";
import { slotOf } from "../remote/slot.ts";
import type { IoRedis } from "./redis-client.ts";

/** A client for one server, and its socket once it has one. */
interface Single extends IoRedis {
  readonly stream?: { readonly writable: boolean };
  readonly options?: { readonly host?: string; readonly port?: number };
}

/** A client of a Cluster: which nodes serve a slot, by name, the primary first. */
interface Cluster extends IoRedis {
  readonly slots?: readonly (readonly string[] | undefined)[];
  nodes?(role: "master"): readonly Single[];
}

/**
 * Returns a function that gives nothing where a call can be sent at once, and otherwise a promise of when.
 *
 * The promise rejects when the client has given up or has not been ready for longer than the deadline; it is settled after
 * `deadlineMs` at the latest, when whoever waited for it is gone.
 */
export function whenReady(
  backend: string,
  client: IoRedis,
  deadlineMs: number,
): (key: string) => Promise<void> | undefined {
  const waiting = new WeakMap<Single, Set<() => void>>();
  /** Since when it has not been ready. Who comes after a whole deadline of that is told at once, not after one more. */
  let lostAt: number | undefined;

  const changes = (one: Single): Set<() => void> => {
    const found = waiting.get(one);
    if (found) return found;
    const wake = new Set<() => void>();
    waiting.set(one, wake);
    // One listener for all who ever wait, since clients warn of many.
    const tellAll = (): void => {
      if (isReady(client)) lostAt = undefined;
      for (const tell of wake) tell();
    };
    one.on("ready", tellAll);
    one.on("end", tellAll);
    return wake;
  };

  const lost = (): Error => new BackendError("SLUICE_BACKEND_UNREACHABLE", backend, "has no connection");

  const untilReady = async (one: Single): Promise<void> => {
    if (one.status === "wait") one.connect().catch(() => {});
    await new Promise<void>((resolve) => {
      const wake = changes(one);
      const tell = (): void => {
        clearTimeout(timer);
        wake.delete(tell);
        resolve();
      };
      const timer = setTimeout(tell, deadlineMs);
      wake.add(tell);
      if (one.status === "end" || isReady(one)) tell();
    });
    if (!isReady(one)) throw lost();
  };

  return (key) => {
    if (isReady(client)) {
      lostAt = undefined;
      const node = nodeOf(client, key);
      if (node === undefined || isReady(node)) return undefined;
    } else {
      lostAt ??= Date.now();
      if (Date.now() - lostAt > deadlineMs) return Promise.reject(lost());
    }
    return untilReady(client).then(() => {
      const home = nodeOf(client, key);
      return home && !isReady(home) ? untilReady(home) : undefined;
    });
  };
}

function isReady({ status, stream }: Single): boolean {
  return status === "ready" && stream?.writable !== false;
}

/** The client of the node that serves a key's slot, as far as a Cluster client knows. */
function nodeOf(client: Cluster, key: string): Single | undefined {
  const home = client.slots?.[slotOf(key)]?.[0];
  if (home === undefined) return undefined;
  return client.nodes?.("master").find(({ options }) => `${options?.host}:${options?.port}` === home);
}
