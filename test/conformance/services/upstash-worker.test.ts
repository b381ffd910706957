import { hasRedis } from "@sluice/test-services/redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unstable_startWorker as startWorker } from "wrangler";
import { upstashFixture } from "./upstash-fixture.ts";

if (hasRedis) {
  const { front, taken } = await upstashFixture();

  describe("upstash in workerd, bundled by wrangler", () => {
    let worker: Awaited<ReturnType<typeof startWorker>>;

    beforeAll(async () => {
      worker = await startWorker({
        name: "upstash-worker",
        entrypoint: new URL("fixtures/upstash-worker.ts", import.meta.url).pathname,
        // Older than fetch's option `cache`, which the package's entry for Node sends.
        compatibilityDate: "2024-09-01",
        bindings: {
          UPSTASH_REDIS_REST_URL: { type: "plain_text", value: front.url },
          UPSTASH_REDIS_REST_TOKEN: { type: "plain_text", value: front.token },
        },
        dev: { server: { port: 0 }, inspector: false, logLevel: "error", watch: false, persist: false },
      });
    }, 60_000);
    afterAll(async () => await worker.dispose());

    const ask = async (key: string, times = 1): Promise<{ allowed?: boolean[]; failed?: string; runtime?: string }> => {
      const response = await worker.fetch(`http://worker/?key=${key}&times=${times}`);
      return (await response.json()) as object;
    };

    it("decides, from request to request", async () => {
      const answers = [];
      for (let i = 0; i < 4; i++) answers.push(await ask("one by one"));
      const runtime = "Cloudflare-Workers";
      expect(answers).toEqual([true, true, true, false].map((allowed) => ({ allowed: [allowed], runtime })));
    });

    it("decides for requests at once, none of which waits on another's connection", async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask("at once")));
      expect(answers.filter(({ allowed }) => allowed?.[0])).toHaveLength(3);
      expect(answers.flatMap(({ failed }) => failed ?? [])).toEqual([]);
    });

    it("sends the decisions of one request together", async () => {
      await ask("together");
      expect((await taken(() => ask("together", 50))).requests).toBe(1);
    });

    it("fails by its rules when the database hangs, and works on when it does not", async () => {
      front.faults.hang(1);
      expect((await ask("hanging")).failed).toContain("SLUICE_BACKEND_TIMEOUT");
      front.faults.dropAfterCommit(1);
      expect((await ask("hanging")).failed).toContain("SLUICE_BACKEND_UNREACHABLE");
      expect((await ask("hanging", 3)).allowed?.filter(Boolean)).toHaveLength(2);
    });
  });
} else {
  it.skipIf(!hasRedis)("upstash: needs redis-server", () => {});
}
