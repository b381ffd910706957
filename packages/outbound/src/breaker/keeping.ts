/** Where a breaker's state is kept: in this process, or in a record that all processes on the backend change. */

import type { Backend } from "@sluice/core/engine";
import { type Recorded, record } from "../records/record.ts";
import type { Stored } from "./stored.ts";

/** A state that nobody but this process changes. */
export interface Cell {
  state: Stored | undefined;
  /** How long ago it was written. */
  ageMs(): number;
}

const empty = (): Cell => ({ state: undefined, ageMs: () => 0 });

// By backend, since breakers of one name are often made in several places of one process.
const byBackend = new WeakMap<Backend, Map<string, Cell>>();

/** The record that processes share; undefined where there is nobody to share it with, or nothing to share it by. */
export function sharedRecord(backend: Backend | undefined, name: string, key: string): Recorded<unknown> | undefined {
  return isShared(backend) ? record<unknown>(backend, recordName(name, key), lasts) : undefined;
}

function isShared(backend: Backend | undefined): backend is Backend {
  return backend?.lease !== undefined && backend.features.scope !== "process";
}

/**
 * What somebody opened stays so until somebody closes it. Otherwise nothing is open for more than a day, and whoever asks after it
 * writes: where nobody has for a month, nobody knows how the API is, as at the first time.
 */
function lasts(state: unknown): boolean {
  return (state as Stored).phase === "isolated";
}

/** The state of this process, the same for all breakers of one name and key on one backend. */
export function cellOf(backend: Backend | undefined, name: string, key: string): Cell {
  // What is in a record is kept nowhere else: hosts that are asked no more would be kept here for ever.
  if (backend === undefined || isShared(backend)) return empty();
  let cells = byBackend.get(backend);
  if (cells === undefined) {
    cells = new Map();
    byBackend.set(backend, cells);
  }
  const id = recordName(name, key);
  let cell = cells.get(id);
  if (cell === undefined) {
    cell = empty();
    cells.set(id, cell);
  }
  return cell;
}

/** A name is one word of the path, so that no name and key are another's. */
function recordName(name: string, key: string): string {
  return `sluice/breaker/${encodeURIComponent(name)}${key === "" ? "" : `/${key}`}`;
}
