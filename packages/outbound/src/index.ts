/** @sluice/outbound: limits that calls wait for, and what is built on them. */

export { type BatchResult, type BatchSummary, batch } from "./batch/batch.ts";
export type { BatchOptions, ItemContext, ItemWorker } from "./batch/batch-options.ts";
export type { BatchState } from "./batch/batch-state.ts";
export { BatchStoppedError } from "./batch/batch-stopped.ts";
export type { Checkpoint } from "./batch/checkpoint.ts";
export type { Progress } from "./batch/progress.ts";
export { type ProgressBarOptions, type ProgressStream, progressBar, showProgress } from "./batch/progress-bar.ts";
export type { Items } from "./batch/source.ts";
export type { LostRun, Skip } from "./lease/beside.ts";
export { type FencedRecord, fenced, StaleFenceError } from "./lease/fenced.ts";
export { instantsBetween, newestInstant, nextInstant } from "./lease/instants.ts";
export type { Job, JobRun, LeaseOptions, LeaseOutcome, NotRun, Overlap } from "./lease/job.ts";
export { LeaseLostError, type LostBecause } from "./lease/lease-lost.ts";
export { type LeaseState, type Leases, type LeasesOptions, leases } from "./lease/leases.ts";
export type { Run, Runs } from "./lease/runs.ts";
export type { DueRun, RunDueOptions, ScheduledJob, Scheduler, StopOptions } from "./lease/schedule.ts";
export { type SchedulerOptions, scheduler } from "./lease/scheduler.ts";
export { all } from "./limits/all.ts";
export type { Denial, Violation } from "./limits/denial.ts";
export { LimitError, type LimitErrorCode } from "./limits/limit-error.ts";
export type {
  AcquireOptions,
  Answer,
  Limiter,
  LimitState,
  NamedLimiter,
  Pause,
  PauseOptions,
  ReserveOptions,
  ResumeOptions,
} from "./limits/limiter.ts";
export type { LimiterOptions } from "./limits/limiter-options.ts";
export { limiter } from "./limits/make-limiter.ts";
export type { Reservation } from "./limits/reservation.ts";
export {
  type LimitCounters,
  type LimitEvent,
  type LimitLine,
  type Metrics,
  type MetricsOptions,
  metrics,
} from "./metrics/metrics.ts";
export { allowanceOn, type Inbox, type Warmup } from "./quota/inbox.ts";
export { localDate } from "./quota/local-date.ts";
export type { SendAnswer, SendReservation } from "./quota/send-booking.ts";
export { type SendQuota, sendQuota } from "./quota/send-quota.ts";
export type { SendPauseOptions, SendQuotaOptions, SendResumeOptions } from "./quota/send-quota-options.ts";
export type { InboxUsage, SendUsage, Used } from "./quota/send-usage.ts";
export {
  afterBounce,
  type BounceOptions,
  daysActive,
  released,
  type WarmupProgress,
  warmupDay,
} from "./quota/warmup-progress.ts";
export {
  type ExponentialWarmup,
  exponential,
  type LinearWarmup,
  linear,
  steps,
  type WarmupSchedule,
  type WarmupStep,
} from "./quota/warmup-schedule.ts";
export { type Recorded, record } from "./records/record.ts";
export type { LocalTime } from "./time/local-time.ts";
export { systemTime } from "./time/system-time.ts";
