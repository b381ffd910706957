/** What a send quota is told, checked when it is made. */

import {
  aBackend,
  aCount,
  type Backend,
  ConfigError,
  checkedLater,
  checkOptions,
  type Rule,
  type Rules,
} from "@sluice/core/engine";
import type { PauseOptions, ResumeOptions } from "../limits/limiter.ts";
import { aMetrics, type Metrics } from "../metrics/metrics.ts";
import type { LocalTime } from "../time/local-time.ts";
import { aLocalTime } from "../time/rules.ts";
import { systemTime } from "../time/system-time.ts";

/** What `sendQuota()` can be told. */
export interface SendQuotaOptions {
  /**
   * Where the counts live. On one machine that is `sqlite()`, which a restart does not make forget; `memory()` forgets.
   * Mail has a backend of its own, whatever requests are limited by.
   */
  readonly backend: Backend;
  /**
   * Whose mail this is: the hour and the day are shared by all its inboxes, and everything is in one shard.
   * @default "default"
   */
  readonly organisation?: string | undefined;
  /**
   * Mails in any hour, from all inboxes together; at most 1,000.
   * @default 20
   */
  readonly perHour?: number | undefined;
  /**
   * Mails a day from all inboxes together.
   * @default 80
   */
  readonly perDay?: number | undefined;
  /**
   * Mails from one inbox on its local day, however warm it is.
   * @default 20
   */
  readonly perInbox?: number | undefined;
  /**
   * Where the organisation's day begins: an IANA name. Inboxes have zones of their own.
   * @default "UTC"
   */
  readonly timeZone?: string | undefined;
  /**
   * How long after its reservation a mail may still leave, in milliseconds. The hour is counted so much longer, so that
   * late ones never make 21 of 20; whoever is later still gives the place back in `ready()` and takes another; 5 ms are
   * never late. Processes that share a quota share this number: it is part of the hour's counter.
   * @default 60_000
   */
  readonly toleranceMs?: number | undefined;
  /**
   * Within which time all sending grows from one mail to the hour's limit after a pause, in milliseconds.
   * @default 3_600_000
   */
  readonly rampMs?: number | undefined;
  /**
   * After which time a reservation that was neither committed nor refunded counts as used, in milliseconds.
   * @default 600_000
   */
  readonly expiresAfterMs?: number | undefined;
  readonly metrics?: Metrics | undefined;
  /** This process's clock, for tests and simulations; the counts have the backend's. */
  readonly time?: LocalTime | undefined;
}

/** A pause of all sending, or of one inbox. */
export interface SendPauseOptions extends PauseOptions {
  /** The id of the only inbox to be held; absent for all sending. */
  readonly inbox?: string | undefined;
}

/** What `resume` can be told. The ramp is one of all sending: a single inbox has its warm-up. */
export interface SendResumeOptions extends ResumeOptions {
  /** The id of the only inbox to go on; absent for all sending. */
  readonly inbox?: string | undefined;
}

/** Every option, given or by default. */
export type CheckedSendQuota = {
  readonly [Name in Exclude<keyof SendQuotaOptions, "metrics">]-?: NonNullable<SendQuotaOptions[Name]>;
} & Pick<SendQuotaOptions, "metrics">;

const dayMs = 86_400_000;
const upToADay = (least: number): Rule => [
  (ms: number) => Number.isSafeInteger(ms) && ms >= least && ms <= dayMs,
  `a whole number of milliseconds from ${least} to a day's`,
];

const rules: Rules = {
  backend: aBackend,
  organisation: [(name: string) => typeof name === "string" && name !== "", "a name"],
  perHour: aCount,
  perDay: aCount,
  perInbox: aCount,
  timeZone: checkedLater,
  toleranceMs: upToADay(0),
  rampMs: upToADay(1),
  expiresAfterMs: upToADay(1),
  metrics: aMetrics,
  time: aLocalTime,
};

/**
 * The options with their defaults.
 *
 * @throws ConfigError `SLUICE_OPTION_UNKNOWN`, `SLUICE_OPTION_TYPE`, `SLUICE_OPTION_MISSING` or
 * `SLUICE_BACKEND_UNSUPPORTED`.
 */
export function checkedSendQuota(options: SendQuotaOptions): CheckedSendQuota {
  checkOptions("sendQuota()", options, rules, ["backend"]);
  const { features, name } = options.backend;
  if (!(features.exact && features.remaining && features.settle)) {
    const problem = "a send quota has to know what is left, and to give back what was not sent";
    throw new ConfigError("SLUICE_BACKEND_UNSUPPORTED", problem, name, "Use sqlite, or memory, for mail alone.");
  }
  const {
    backend,
    organisation = "default",
    perHour = 20,
    perDay = 80,
    perInbox = 20,
    timeZone = "UTC",
    toleranceMs = 60_000,
    rampMs = 3_600_000,
    expiresAfterMs = 600_000,
    metrics,
    time = systemTime,
  } = options;
  return {
    backend,
    organisation,
    perHour,
    perDay,
    perInbox,
    timeZone,
    toleranceMs,
    rampMs,
    expiresAfterMs,
    metrics,
    time,
  };
}
