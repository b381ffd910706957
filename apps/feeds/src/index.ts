/** What a composition root takes from the product: the app, its demo data, and what it asks of a platform. */

export type { ApiRoutes, FeedsApi } from "./api-routes.ts";
export { type BouncesDeps, type FeedsApp, type FeedsDeps, feedsApp } from "./app.ts";
export type { Background } from "./background.ts";
export { type OutboundPartsDeps, outboundParts } from "./console-outbound.ts";
export type { Database } from "./database.ts";
export { isPublicAddress, type PublicFetch, RefusedAddressError, refusedAddress } from "./gathering/public-address.ts";
export type { Health } from "./health.ts";
export { type FeedsJobs, type FeedsJobsDeps, feedsJobs } from "./jobs/jobs.ts";
export {
  type JobHealth,
  type JobName,
  type JobsHealth,
  type ProspectsHealth,
  prospectsHealth,
} from "./jobs/jobs-health.ts";
export type { Logger } from "./logger.ts";
export { quotaInbox, scheduleOf, startedInboxes } from "./mail/inbox-records.ts";
export { type DigestMailer, digestMailer, type MailerDeps, type MailRun } from "./mail/mailer.ts";
export type { Delivery, MailTransport, MailTransports, OutgoingMail } from "./mail/transport.ts";
export {
  type EnrichProspectsDeps,
  enrichProspects,
  type ProspectsOutcome,
  type ProspectsRun,
} from "./prospects/enrich-prospects.ts";
export { type ProspectApis, prospectApis } from "./prospects/prospect-apis.ts";
export type { ProspectClients, ProspectClientsOptions } from "./prospects/prospect-clients.ts";
export { seedMails } from "./seed/demo-mails.ts";
export { seedHistory } from "./seed/history/seed-history.ts";
export { demoTokens, seedWhenEmpty } from "./seed/seed.ts";
export type { ProspectChoice, ProspectServices } from "./setting-prospects.ts";
export type { FeedsRouter } from "./trpc-router.ts";
