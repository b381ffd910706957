import { memory } from "@sluice/core/memory";
import type { Database } from "@sluice/feeds";
import { expect, test } from "vitest";
import { openOutbound } from "./outbound.ts";

test.each([true, false])("the log says that no reports are taken in, with jobs %s", async (jobs) => {
  const told: string[] = [];
  const tell = (_: object, message: string): void => void told.push(message);
  const outbound = await openOutbound({
    settings: {
      ...{ jobs, smtp: undefined, bounceSecret: undefined, prospects: { off: "not set" }, limitsPath: ":memory:" },
      allowPrivateFetch: false,
    },
    backend: memory(),
    choice: { name: "memory" },
    db: {} as Database,
    logger: { info: tell, warn: tell, error: tell },
    publicUrl: undefined,
  });
  await outbound.close();
  expect(told).toEqual(["BOUNCE_WEBHOOK_SECRET is not set: /webhooks/bounces does not exist"]);
  const prospects = { enabled: false, because: "not set" };
  expect(outbound.health()).toMatchObject({ enabled: jobs, bounces: false, prospects });
});
