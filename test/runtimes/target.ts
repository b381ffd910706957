/** A deployment target as the suite sees it: how it is booted, spoken to, broken and stopped. */

import type { Features } from "@sluice/core/engine";
import type { Planted } from "./faults.ts";

/** Where the app can be deployed. */
export type TargetName = "workers" | "node" | "docker" | "bun" | "deno";

/** Where a deployment can count. */
export type BackendName = "memory" | "sqlite" | "redis" | "upstash" | "durable-object" | "cloudflare" | "noop";

/** One deployment target with one backend. */
export interface Target {
  readonly name: TargetName;
  readonly backend: BackendName;
  /** What the backend of this target promises; for layers, what the layers promise together. */
  readonly features: Features;
  /** Why it cannot run on this machine, and the cure; undefined where it can. */
  readonly missing?: string | undefined;
  /** Starts it anew: no counts, and a database with the demo data and the accounts of accounts.ts. */
  boot(options?: BootOptions): Promise<Running>;
}

export interface BootOptions {
  /**
   * How many instances, each with a process (or isolate) of its own, on one database and, where its scope says so, one
   * backend.
   * @default 1
   */
  readonly instances?: 1 | 2;
  /**
   * Whether the app is told that one proxy stands in front of it; the suite then plays that proxy. Workers are always
   * behind Cloudflare, whatever is said here.
   * @default true where clients can be told apart in no other way (docker), else false
   */
  readonly proxied?: boolean;
  /** A mistake to be planted; the suite has to notice. */
  readonly fault?: Planted | undefined;
}

/** A booted target. */
export interface Running {
  readonly instances: readonly Instance[];
  /** Whether the app was told of a proxy. */
  readonly proxied: boolean;
  /** The address that the app is to see of the client of this number. */
  addressOf(client: number): string;
  /** Everything that is in the access log, the oldest first; give writing it a moment. */
  accesses(): Promise<readonly AccessRow[]>;
  /** What the instances have said so far, line by line. */
  log(): readonly string[];
  /** Has the backend fail from now on, and answer again; absent where it cannot be made to. */
  readonly outage?: { begin(): Promise<void>; end(): Promise<void> } | undefined;
  stop(): Promise<void>;
}

/** A row of the access log. */
export interface AccessRow {
  readonly feedId: string;
  readonly atMs: number;
  readonly address: string;
  readonly userAgent: string;
  readonly status: number;
}

/** One process or isolate of the app, at an address of its own. */
export interface Instance {
  readonly url: string;
  send(ask: Ask): Promise<Answer>;
}

/** A request. */
export interface Ask {
  readonly path: string;
  /** @default "GET" */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: string;
  /** Which client sends it: from 1, each with an address of its own. */
  readonly client: number;
}

/** What came back, as it came over the wire: header names in small letters, nothing decoded or followed. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
