import type { Backend } from "@sluice/core";
import { memory } from "@sluice/core/memory";
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

test("the console has it also where no jobs run, and not where nothing can be counted", () => {
  const logger = { info() {}, warn() {}, error() {} };
  const none = {
    publicUrl: undefined,
    bounceSecret: undefined,
    prospects: { off: "not set" },
    allowPrivateFetch: false,
  };
  const consoleOf = (jobs: boolean, outbound: Backend | undefined) => {
    return workerJobs({ db: {} as Database, jobs, outbound, ...none }, logger).console;
  };
  expect(consoleOf(false, memory())?.apis?.map(({ name }) => name)).toEqual(["enrich"]);
  expect(consoleOf(false, memory())?.metrics).toBeUndefined();
  expect(consoleOf(true, memory())?.metrics?.()).toEqual({ apis: {}, limits: {} });
  expect(consoleOf(true, undefined)).toBeUndefined();
});
