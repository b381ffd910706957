/** @sluice/outbound: limits that calls wait for, and what is built on them. */

export { type TuningOptions, tuning } from "./adapting/make-tuning.ts";
export type { Tuned, Tuning } from "./adapting/tuning.ts";
export { type BatchResult, type BatchSummary, batch } from "./batch/batch.ts";
export type { BatchOptions, ItemContext, ItemWorker } from "./batch/batch-options.ts";
export type { BatchState } from "./batch/batch-state.ts";
export { BatchStoppedError } from "./batch/batch-stopped.ts";
export type { Checkpoint } from "./batch/checkpoint.ts";
export type { Progress } from "./batch/progress.ts";
export { type ProgressBarOptions, type ProgressStream, progressBar, showProgress } from "./batch/progress-bar.ts";
export type { Items } from "./batch/source.ts";
export type { BreakerPhase, BreakerState, CallResult, CircuitBreaker, Permit, Refused } from "./breaker/breaker.ts";
export type { BreakerChange, BreakerOptions } from "./breaker/breaker-options.ts";
export { circuitBreaker } from "./breaker/circuit-breaker.ts";
export { CircuitOpenError } from "./breaker/circuit-open-error.ts";
export type { Client, ClientBody, ClientInit, ClientState } from "./client/client.ts";
export { ClientError, type ClientErrorCode } from "./client/client-error.ts";
export type { ClientBreakerOptions, ClientOptions, Fallback, UnitsOptions } from "./client/client-options.ts";
export { createClient } from "./client/create-client.ts";
export {
  duckDuckGo,
  type GrokOptions,
  grok,
  millionVerifier,
  type PresetOptions,
  supabase,
} from "./client/presets.ts";
export type { RetryBudgetOptions, RetryOptions } from "./client/retry.ts";
export { tokensPerMinute } from "./client/tokens.ts";
export type { Advice, Announced } from "./headers/advice.ts";
export { adviceOf } from "./headers/advice-of.ts";
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
export type { ApiLine } from "./metrics/api-counts.ts";
export type { ApiCounters, ApiMeter } from "./metrics/api-meter.ts";
export { latencyWithin } from "./metrics/latency.ts";
export type { LimitCounters, LimitEvent, LimitLine } from "./metrics/limit-counts.ts";
export { type Metrics, type MetricsOptions, type MetricsSnapshot, metrics } from "./metrics/metrics.ts";
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
