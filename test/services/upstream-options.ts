/** How a service of our own on loopback behaves: as APIs do that limit, punish, lie, break and come back. */

/** So many requests in so long. `fixed` windows begin at multiples of their length. */
export interface UpstreamLimit {
  readonly limit: number;
  readonly windowMs: number;
  /** @default "sliding" */
  readonly shape?: "sliding" | "fixed" | undefined;
}

/**
 * What a request comes to instead of an answer: a status, a cut connection (`drop`), no answer at all (`hang`), headers and
 * half a body before the connection is cut (`half`), or before nothing more comes (`stall`).
 */
export type Fault = number | "drop" | "hang" | "half" | "stall";

/** What it tells of its limits. Retry-After is for refusals, everything else for every answer that no fault takes the place of. */
export type Tells =
  | "nothing"
  | "retry-after"
  | "retry-after-date"
  | "draft-6"
  | "draft-7"
  | "draft-11"
  | "x-epoch"
  | "x-delta";

export interface UpstreamRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** From 1. */
  readonly number: number;
  /** By the upstream's clock. */
  readonly atMs: number;
}

export interface UpstreamAnswer {
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
}

/** What can be told to an upstream in another process too. */
export interface UpstreamSettings {
  readonly limits?: readonly UpstreamLimit[] | undefined;
  /** @default ["retry-after"] */
  readonly tells?: readonly Tells[] | undefined;
  /** How far its Date header is off. */
  readonly dateSkewMs?: number | undefined;
  /** The status of a refusal. @default 429 */
  readonly refusal?: number | undefined;
  /** How long the body of a refusal is: one that a socket's buffers cannot hold shows who does not read it. @default a line */
  readonly refusalBytes?: number | undefined;
  /** Every request while it refuses makes it refuse for so long from then on. */
  readonly penaltyMs?: number | undefined;
  /** After so many refusals within `withinMs` everything is 403 for `forMs`. */
  readonly ban?: { readonly after: number; readonly withinMs: number; readonly forMs: number } | undefined;
  /** A share of the requests that no limit refuses comes to this fault; the same ones for the same seed. */
  readonly failing?: { readonly share: number; readonly status: Fault; readonly seed: number } | undefined;
  /** Somebody else who takes so many requests of the limits each second, evenly, where they fit. */
  readonly foreignPerSecond?: number | undefined;
  /** How long each answer takes, by the upstream's own time. @default 0 */
  readonly latencyMs?: number | undefined;
  /** @default a free one */
  readonly port?: number | undefined;
}

export interface UpstreamOptions extends UpstreamSettings {
  /** Header values that are sent instead of true ones: lies. Names in lower case; `date` is among them. */
  readonly lies?: ((headers: Record<string, string>) => Record<string, string>) | undefined;
  /** What goes wrong: asked for every request that no limit refuses. Comes before `failing`. */
  readonly fault?: ((request: UpstreamRequest) => Fault | undefined) | undefined;
  readonly answer?: ((request: UpstreamRequest) => UpstreamAnswer | Promise<UpstreamAnswer>) | undefined;
  /** @default the machine's */
  readonly time?: { now(): number; sleep(ms: number, signal?: AbortSignal): Promise<void> } | undefined;
}

/** What it has seen: each request is accepted, refused, banned or a fault. Accepted ones and faults count against the limits. */
export interface UpstreamCounts {
  readonly requests: number;
  readonly accepted: number;
  readonly refused: number;
  readonly banned: number;
  readonly faults: number;
  /** Times at which a ban began. */
  readonly bans: number;
}

export interface Upstream {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  counts(): UpstreamCounts;
  /** When each accepted request came, by its clock; oldest first. */
  acceptedAt(): readonly number[];
  /** When every request came. */
  requestedAt(): readonly number[];
  /** The most that it accepted in any window of so long, or the most that came. */
  mostWithin(windowMs: number, what?: "accepted" | "requested"): number;
  /** Connections that are open now, and those with a request under way. */
  connections(): { readonly open: number; readonly busy: number };
  /** Changes its behaviour from now on; what was accepted counts against new limits too. The port and the time stay. */
  change(options: Partial<UpstreamOptions>): void;
  /** Takes `cost` requests of the limits, as somebody else's would; false where they do not fit, or while it punishes. */
  foreign(cost?: number): boolean;
  /** Begins anew: counts, limits' states, bans. */
  reset(): void;
  stop(): Promise<void>;
}
