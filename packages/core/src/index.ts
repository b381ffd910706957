/** What most users import: the middleware, the limiters, plans, address sources and the builders. */

export type { Backend, Features, Settlement } from "./engine/backend.ts";
export type { Charge, Decision, Identity, Outcome } from "./engine/charge.ts";
export type { Clock } from "./engine/clock.ts";
export type { Duration } from "./engine/duration.ts";
export { ConfigError, type ConfigErrorCode, isConfigError, isSluiceError, SluiceError } from "./engine/errors.ts";
export { type AlgorithmName, type Period, type Policy, policy, type Rate } from "./engine/policy.ts";
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
} from "./engine/rate.ts";
export { type Address, formatAddress, parseAddress } from "./http/address.ts";
export {
  type AddressSource,
  type ClientAddress,
  type CloudflareOptions,
  cloudflare,
  type ForwardedOptions,
  forwarded,
  header,
  socket,
} from "./http/client-ip.ts";
export type { HeaderFormat } from "./http/headers.ts";
export type { Incoming } from "./http/incoming.ts";
export type { Refusal, RefusalProblem, RefusalReason, RefusalStatus } from "./http/problem.ts";
export { type ByFeedOwnerOptions, byFeedOwner } from "./limiters/by-feed-owner.ts";
export { type ByIpOptions, byIp } from "./limiters/by-ip.ts";
export { type ByKeyOptions, byKey, type KeyParts } from "./limiters/by-key.ts";
export { type ByUserOptions, byUser } from "./limiters/by-user.ts";
export type { Asked, Limiter } from "./limiters/limiter.ts";
export type { Limit, LimiterOptions, LimitSource } from "./limiters/limiter-options.ts";
export type { Override } from "./limiters/overrides.ts";
export { type PlanBook, planBook } from "./limiters/plan-book.ts";
export {
  type PlanResolver,
  type PlanResolverOptions,
  planResolver,
  type UserPlan,
} from "./limiters/plans.ts";
export { exceptFailures, onlyFailures } from "./limiters/settling.ts";
export type { DenialLine } from "./middleware/denial-log.ts";
export type { Explanation } from "./middleware/explain.ts";
export type { DecisionEvent, DenialEvent, RateLimitOptions, Refused, SettledEvent } from "./middleware/options.ts";
export { type RateLimitHandler, type RefusalResponse, type Refusals, rateLimit } from "./middleware/rate-limit.ts";
export type { Mount, RateLimit, RateLimitVariables } from "./middleware/variables.ts";
