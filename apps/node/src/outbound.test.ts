import { memory } from "@sluice/core/memory";
import type { Database } from "@sluice/feeds";
import { describe, expect, test } from "vitest";
import { type OutboundDeps, openOutbound } from "./outbound.ts";

/** A process that neither sends nor takes reports in, unless it is told otherwise. */
function depsOf(settings: Partial<OutboundDeps["settings"]>, told: string[]): OutboundDeps {
  const tell = (_: object, message: string): void => void told.push(message);
  return {
    settings: {
      ...{ jobs: false, smtp: undefined, bounceSecret: undefined, prospects: { off: "not set" } },
      ...{ limitsPath: ":memory:", allowPrivateFetch: false, ...settings },
    },
    backend: memory(),
    choice: { name: "memory" },
    db: {} as Database,
    logger: { info: tell, warn: tell, error: tell },
    publicUrl: undefined,
  };
}

test.each([true, false])("the log says that no reports are taken in, with jobs %s", async (jobs) => {
  const told: string[] = [];
  const outbound = await openOutbound(depsOf({ jobs }, told));
  await outbound.close();
  expect(told).toEqual(["BOUNCE_WEBHOOK_SECRET is not set: /webhooks/bounces does not exist"]);
  const prospects = { enabled: false, because: "not set" };
  expect(outbound.health()).toMatchObject({ enabled: jobs, bounces: false, prospects });
});

describe("a process without jobs", () => {
  test("shows and holds what others send, with the limits they go by", async () => {
    const outbound = await openOutbound(depsOf({}, []));
    const { quota, apis = [], metrics } = outbound.console ?? {};
    expect(apis.map(({ name }) => name)).toEqual(["enrich"]);
    expect(metrics).toBeUndefined();
    await quota?.pause({ reason: "bounces of 8 %", by: "ada" });
    expect((await quota?.usage())?.paused).toMatchObject({ reason: "bounces of 8 %" });
    await outbound.close();
  });

  test("starts without what it would only look at, and says so", async () => {
    const told: string[] = [];
    const lost = { limitsPath: "/dev/null/limits.sqlite" };
    const outbound = await openOutbound(depsOf(lost, told));
    expect(outbound.console).toBeUndefined();
    expect(told).toContain("what goes out elsewhere is not shown here");
    await outbound.close();
    for (const needed of [{ jobs: true }, { bounceSecret: "x".repeat(32) }]) {
      await expect(openOutbound(depsOf({ ...lost, ...needed }, []))).rejects.toThrow(/OUTBOUND_LIMITS_PATH/);
    }
  });
});
