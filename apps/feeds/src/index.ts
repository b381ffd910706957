/** What a composition root takes from the product: the app, its demo data, and what it asks of a platform. */

export type { Background } from "./access-log.ts";
export type { ApiRoutes, FeedsApi } from "./api-routes.ts";
export { type FeedsApp, type FeedsDeps, feedsApp } from "./app.ts";
export type { Database } from "./database.ts";
export type { Health } from "./health.ts";
export type { Logger } from "./logger.ts";
export { demoTokens, seedWhenEmpty } from "./seed/seed.ts";
export type { FeedsRouter } from "./trpc-router.ts";
