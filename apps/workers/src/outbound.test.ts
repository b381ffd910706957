import type { Database } from "@sluice/feeds";
import { expect, test } from "vitest";
import { workerJobs } from "./outbound.ts";

test.each([true, false])("the log says once that no reports are taken in, with jobs %s", async (jobs) => {
  const told: string[] = [];
  const tell = (_: object, message: string): void => void told.push(message);
  const logger = { info: tell, warn: tell, error: tell };
  const none = { outbound: undefined, publicUrl: undefined, prospects: { off: "not set" }, allowPrivateFetch: false };
  const deps = { db: {} as Database, jobs, ...none };
  const without = workerJobs({ ...deps, bounceSecret: undefined }, logger);
  await without.run(0);
  await without.run(300_000);
  const lines = told.filter((line) => line.startsWith("BOUNCE_WEBHOOK_SECRET is not set"));
  expect(lines).toHaveLength(1);
  await workerJobs({ ...deps, bounceSecret: "s" }, logger).run(0);
  expect(told.filter((line) => line.startsWith("BOUNCE_WEBHOOK_SECRET"))).toHaveLength(1);
});
