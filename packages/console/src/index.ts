/** @sluice/console: plans, overrides, usage and a dashboard for the limits of @sluice/core. */

export type { Administrator, Authorize } from "./access/authorize.ts";
export type { LoginView } from "./access/login-view.ts";
export { sameText } from "./access/same-text.ts";
export { type RenderLogin, type Session, session } from "./access/session.ts";
export type { SessionOptions } from "./access/session-options.ts";
export { type OutboundAdminDeps, outboundAdmin } from "./admin/make-outbound-admin.ts";
export { type QuotaAdminDeps, quotaAdmin } from "./admin/make-quota-admin.ts";
export type { OutboundApi, OutboundInbox, OutboundParts } from "./admin/outbound-parts.ts";
export type { BackendStanding, Standings } from "./admin/standing.ts";
export { type StandingPlace, standingsOf } from "./admin/standings.ts";
export type { AdministrationOptions } from "./administration.ts";
export type { AdminApi } from "./api/admin-api.ts";
export type { Problem } from "./api/problems.ts";
export { type ConsoleOptions, console } from "./console.ts";
export type { Database } from "./database.ts";
export type { FeedDirectory, UserDirectory } from "./directory.ts";
export { loginPage } from "./pages/login.tsx";
export { ensurePlans, type FirstPlan } from "./plans/ensure-plans.ts";
export type { PlanLimit, PlanLimits } from "./plans/limits.ts";
export type { KnownUser, LivePlans } from "./plans/live-plans.ts";
export { type LivePlansOptions, livePlans } from "./plans/make-live-plans.ts";
export type { PlanDraft, Units } from "./plans/plan.ts";
export { feedOwnerLimit, type UsualLimit, userLimit } from "./plans/usual-limits.ts";
export { bucketOf } from "./recording/buckets.ts";
export { recorder } from "./recording/make-recorder.ts";
export { type OutboundDeltas, outboundDeltas } from "./recording/outbound-deltas.ts";
export type { RecordedRows, RecordSink } from "./recording/recorded-rows.ts";
export type { FeedAccess, Recorder, RecorderCounters } from "./recording/recorder.ts";
export type { RecorderOptions } from "./recording/recorder-options.ts";
export type { Background } from "./recording/sleeper.ts";
export type { RecordPart } from "./recording/writing.ts";
export { announcePlanEdit } from "./records/edit.ts";
export { insertOutbound, type OutboundMinuteRow } from "./records/outbound-minutes.ts";
export {
  type AnalyticsDataset,
  type AnalyticsEngineOptions,
  type AnalyticsSink,
  analyticsEngine,
} from "./telemetry/analytics-engine.ts";
export type { MetricsSources } from "./telemetry/measures.ts";
export { type MetricsRouteOptions, metricsRoute } from "./telemetry/metrics-route.ts";
export { type MetricsMeter, openTelemetry } from "./telemetry/open-telemetry.ts";
export { prometheus, prometheusType } from "./telemetry/prometheus.ts";
export type { Retention } from "./upkeep/retention.ts";
export { type Upkeep, type UpkeepCounts, type UpkeepOptions, upkeep } from "./upkeep/upkeep.ts";
export { type Usage, type UsageOptions, usage } from "./usage.ts";
