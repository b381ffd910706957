/** The engine's public names: policies, charges, the backend contract, clocks and errors. */

export type { Backend, BlockOptions, Features, Settlement } from "./backend.ts";
export { BackendError, type BackendErrorCode } from "./backend-error.ts";
export { checkBlock } from "./block.ts";
export {
  type Charge,
  checkIdentity,
  counterName,
  type Decision,
  hundredths,
  type Identity,
  type Merged,
  mergeCharges,
  type Outcome,
  sameCounter,
  unmergedOutcome,
} from "./charge.ts";
export { type Clock, systemClock } from "./clock.ts";
export { type Duration, durationMs } from "./duration.ts";
export { ConfigError, type ConfigErrorCode, isConfigError, isSluiceError, SluiceError } from "./errors.ts";
export {
  checkLease,
  keptAfterEndMs,
  type LeaseAnswer,
  type LeaseRequest,
  longestHoldMs,
  longestNote,
} from "./lease.ts";
export {
  aBackend,
  aBoolean,
  aCount,
  aFunction,
  checkedLater,
  checkOptions,
  isBackend,
  oneOf,
  type Rule,
  type Rules,
} from "./options.ts";
export {
  type AlgorithmName,
  bucketSize,
  checkRate,
  largestCost,
  type Period,
  type Policy,
  policy,
  type Rate,
} from "./policy.ts";
export {
  type CalendarOptions,
  per,
  perDay,
  perHour,
  perMinute,
  perMonth,
  perSecond,
  perWeek,
  type RateOptions,
} from "./rate.ts";
export { isPromise, whenKnown } from "./waiting.ts";
