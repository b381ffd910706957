/** The composition root on Cloudflare Workers: database, backend and address source are chosen here and nowhere else. */

import { env, waitUntil } from "cloudflare:workers";
import { cloudflare } from "@sluice/core";
import { feedsApp } from "@sluice/feeds";
import { consoleLogger } from "./logger.ts";
import { workerJobs } from "./outbound.ts";
import { readSettings } from "./settings.ts";

export { SluiceLimiter } from "@sluice/core/durable-object";

const logger = consoleLogger();
const read = readSettings(env, logger);
// Thrown while the Worker starts, mistakes keep it from starting: Cloudflare refuses the upload, and the version before it
// goes on serving. Here and in no function, since workerd tells the way to it. See docs/decisions/0011.
if ("mistakes" in read) throw new Error(["this Worker cannot start.", ...read.mistakes].join("\n"));
const { db, backend, publicUrl, outbound, bounceSecret, allowPrivateFetch, metricsToken } = read.settings;
// Jobs come before the app that records what they count; none runs before both are there.
const onCounted = (): void => soon();
const jobs = workerJobs({ ...read.settings, onCounted }, logger);

const { app, flush, soon } = feedsApp({
  db,
  backend,
  publicUrl,
  allowPrivateFetch,
  logger,
  // Workers of other zones share one address. Each zone has a quota of its own: together they would shut one another out,
  // and without one nobody would hear from them at all.
  source: cloudflare({ crossZoneWorker: "by-zone" }),
  background: (task) => waitUntil(task()),
  bounces: outbound && bounceSecret !== undefined ? { secret: bounceSecret, backend: outbound } : undefined,
  jobsHealth: jobs.health,
  outbound: jobs.console,
  // An isolate knows too little of who has guessed.
  loginBackend: outbound,
  // Behind the ceilings it is the objects that decide.
  shownAs: backend.name.startsWith("layered(") ? outbound : undefined,
  metricsToken,
});

export default {
  fetch: app.fetch,
  // The one cron trigger of wrangler.jsonc, every five minutes; it may come twice, and each job finds out whether it is due.
  scheduled: ({ scheduledTime }) => jobs.run(scheduledTime).finally(flush),
} satisfies ExportedHandler;
