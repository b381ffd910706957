import { fork } from "node:child_process";
import { once } from "node:events";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { perSecond } from "@sluice/core/engine";
import { sqlite } from "@sluice/core/sqlite";
import { describe, expect, it } from "vitest";
import { statusOf, upstreamOf } from "../../test/client-made.ts";
import { newFile } from "../../test/new-file.ts";
import { createClient } from "./create-client.ts";

const program = fileURLToPath(new URL("../../test/client-process.ts", import.meta.url));

describe("a client of two processes", () => {
  it("is held here by a 429 that the other process met", async () => {
    const file = newFile();
    let refusals = 1;
    const answer = () => (refusals-- > 0 ? { status: 429, headers: { "retry-after": "2" } } : {});
    const upstream = await upstreamOf({ answer });
    const client = createClient({
      name: "api",
      backend: sqlite(new DatabaseSync(file)),
      rate: perSecond(10),
      rampMs: 100,
      baseUrl: upstream.url,
    });

    const other = fork(program, [file, upstream.url], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const ended = once(other, "exit");
    const [status] = await once(other, "message");
    expect(status).toBe("SLUICE_PAUSED");
    const [refusedAt = 0] = upstream.requestedAt();

    expect(await client("/").then(statusOf)).toBe(200);
    expect(upstream.counts().requests).toBe(2);
    expect((upstream.requestedAt()[1] ?? 0) - refusedAt).toBeGreaterThanOrEqual(2_000);
    await ended;
  });
});
