/** What an app hands in of its mail, its calls and its jobs, so that an administrator sees and holds them: in shapes of @sluice/outbound. */

import type { CircuitBreaker, Client, ClientState, Inbox, MetricsSnapshot, SendQuota } from "@sluice/outbound";
import type { LeaseRow, QueueRow } from "./outbound-admin.ts";

/** An inbox as the app keeps it. */
export interface OutboundInbox {
  /** As the quota is asked about it. */
  readonly inbox: Inbox;
  /** For people. */
  readonly address: string;
  /** Why it is held, if a complaint holds it. */
  readonly heldReason?: string | undefined;
  /** What is wrong with how it is kept: such a one sends nothing, and the quota is not asked about it. */
  readonly mistake?: string | undefined;
}

/** A client of an API, or a limit of our own that calls wait for: a client fits as it is. */
export interface OutboundApi extends Pick<Client, "name" | "pause" | "resume"> {
  state(): Promise<Pick<ClientState, "limits"> & Partial<Pick<ClientState, "tuned" | "breaker">>>;
  /** Absent where there is none. */
  readonly breaker?: Pick<CircuitBreaker, "isolate" | "close"> | undefined;
  /** Whether it is a limit of our own, of which places are counted in the place of calls. @default false */
  readonly isLimit?: boolean | undefined;
}

/**
 * All parts may be left out. They need no jobs that run in this process: what they tell and hold is in the backend and in the
 * database, for every process.
 */
export interface OutboundParts {
  /** Mail; what `sendQuota()` makes. */
  readonly quota?: Pick<SendQuota, "usage" | "pause" | "resume"> | undefined;
  /** Why mail waits that its limits would let go, and the cure, in sentences: no way out is set. Absent where there is one. */
  readonly mailWaits?: string | undefined;
  /** The inboxes that send. */
  readonly inboxes?: (() => Promise<readonly OutboundInbox[]>) | undefined;
  /** What every inbox may send a day at most, however warm it is: no curve goes above it. */
  readonly perInbox?: number | undefined;
  /** Lets an inbox go that a complaint holds; false where none does. `by` is who releases it. */
  readonly releaseInbox?: ((id: string, by: string) => Promise<boolean>) | undefined;
  readonly apis?: readonly OutboundApi[] | undefined;
  /** What waits to be worked through. */
  readonly queues?: (() => Promise<readonly QueueRow[]>) | undefined;
  /** Who runs which job. */
  readonly leases?: (() => Promise<readonly LeaseRow[]>) | undefined;
  /** Counts of this process, where it makes calls: `metrics().snapshot` of @sluice/outbound. */
  readonly metrics?: (() => MetricsSnapshot) | undefined;
}
