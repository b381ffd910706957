import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasRedis } from "@sluice/test-services/redis";
import { Redis } from "@upstash/redis";
import { Redis as WorkersRedis } from "@upstash/redis/cloudflare";
import { describe, expect, it } from "vitest";
import { charge, remaining, upstashFixture } from "./upstash-fixture.ts";

if (hasRedis) {
  const { backend, front, taken } = await upstashFixture();
  const { url, token } = front;
  const taking = (redis: Redis | WorkersRedis, deadlineMs = 10_000) =>
    backend({ redis, url: undefined, token: undefined, deadlineMs });
  const carefully = { url, token, retry: { retries: 0 }, enableTelemetry: false } as const;

  describe("the client that upstash({ url, token }) makes", () => {
    it("tells nobody about the runtime, and pipelines", async () => {
      await backend().consume([charge()]);
      const telemetry = (headers: object = {}) => Object.keys(headers).filter((name) => name.includes("telemetry"));
      expect(front.requests().at(-1)).toMatchObject({ method: "POST", path: "/pipeline" });
      expect(telemetry(front.requests().at(-1)?.headers)).toEqual([]);
      await new Redis({ url, token }).ping();
      expect(telemetry(front.requests().at(-1)?.headers)).not.toEqual([]);
    });

    it("reads an address as the console or an environment writes it", async () => {
      for (const written of [url, `${url}/`, `${url}\n`]) {
        expect((await backend({ url: written }).consume([charge()])).allowed).toBe(true);
      }
    });

    it("is one for all who come at once, the first included", async () => {
      const cold = backend();
      // More than one call of the script has room for.
      const crowd = () => Promise.all(Array.from({ length: 300 }, (_, i) => cold.consume([charge({ key: `${i}` })])));
      await new Redis({ url, token }).scriptFlush();
      expect((await taken(crowd)).requests).toBe(2);
      expect((await taken(crowd)).requests).toBe(1);
    });

    it("sends a script that locks the keys of the decision and no others, under its own SHA", async () => {
      await new Redis({ url, token }).scriptFlush();
      await backend().consume([charge()]);
      const [[bySha], [byText]] = front
        .requests()
        .slice(-2)
        .map(({ commands }) => commands) as [string[][], string[][]];
      expect(bySha?.[0]).toBe("evalsha");
      expect(byText?.[0]).toBe("eval");
      expect(byText?.[1]).toMatch(/^#!lua flags=allow-key-locking\n/);
      expect(bySha?.[1]).toBe(
        createHash("sha1")
          .update(byText?.[1] ?? "")
          .digest("hex"),
      );
      expect(bySha?.slice(2)).toEqual(byText?.slice(2));
    });

    it("is not made before it is needed", async () => {
      const before = front.requests().length;
      const idle = backend({ url: "http://127.0.0.1:9" });
      expect(idle.supports(charge().policy)).toBeUndefined();
      expect(front.requests().length).toBe(before);
    });

    it("is missing by name where its package is", () => {
      const folder = mkdtempSync(join(tmpdir(), "sluice-upstash-"));
      try {
        cpSync(new URL("../../../packages/core/src", import.meta.url), join(folder, "src"), { recursive: true });
        const script = `
          import { policy, perMinute } from "./src/index.ts";
          import { upstash } from "./src/backends/upstash.ts";
          const backend = upstash({ url: "https://name.upstash.io", token: "secret" });
          const asked = [{ policy: policy("api", perMinute(60)), key: "k", cost: 1 }];
          try { await backend.consume(asked); } catch ({ name, message }) { console.log(name, message); }`;
        const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
          cwd: folder,
          encoding: "utf8",
        });
        expect(`${stdout}${stderr}`).toMatch(
          /^ConfigError \[sluice\] SLUICE_CLIENT_MISSING: .*npm install @upstash\/redis/,
        );
        expect(stdout).not.toContain("secret");
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });

  describe("a client that upstash({ redis }) takes", () => {
    it.each([
      ["as its makers deliver it", () => new Redis({ url, token })],
      ["made for Workers", () => new WorkersRedis({ url, token })],
      ["made as the docs say", () => new Redis({ ...carefully, signal: () => AbortSignal.timeout(500) })],
      ["that does not pipeline", () => new Redis({ ...carefully, enableAutoPipelining: false })],
      ["that asks for no base64", () => new Redis({ ...carefully, responseEncoding: false })],
      ["that leaves answers as they are", () => new Redis({ ...carefully, automaticDeserialization: false })],
    ])("may be one %s", async (_what, make) => {
      const counted = taking(make());
      const keys = ["user:42", "1e3", "☃}{", '{"a":1}', "null"];
      for (const key of keys) {
        const { decisions } = await counted.consume([charge({ key, cost: 20.5 }), charge({ key: `${key} too` })]);
        expect(decisions).toMatchObject([
          { allowed: true, charged: 20.5, remaining: 39.5 },
          { allowed: true, charged: 1, remaining: 59 },
        ]);
        expect(await counted.consume([charge({ key, cost: 50 })])).toMatchObject({ allowed: false });
      }
    });

    it("charges again what it sends again, if it is told to", async () => {
      const eager = new Redis({ url, token, retry: { retries: 3, backoff: () => 1 }, enableTelemetry: false });
      const counted = taking(eager);
      await counted.consume([charge({ key: "somebody" })]);
      front.faults.dropAfterCommit(1);
      expect(await counted.consume([charge({ cost: 20 })])).toMatchObject({ allowed: true });
      expect(Math.floor((await remaining(counted)) ?? 0)).toBe(20);
    });

    it("is not believed when it makes up answers after its one signal has fired", async () => {
      for (const enableAutoPipelining of [true, false]) {
        const signal = AbortSignal.timeout(60_000);
        const controller = new AbortController();
        const counted = taking(
          new Redis({ ...carefully, enableAutoPipelining, signal: AbortSignal.any([signal, controller.signal]) }),
        );
        await counted.consume([charge()]);
        controller.abort();
        await expect(counted.consume([charge()])).rejects.toMatchObject({ code: "SLUICE_BACKEND_ANSWER" });
      }
    });

    it("hangs for no longer than the deadline, whatever its own patience", async () => {
      const counted = taking(new Redis(carefully), 500);
      front.faults.hang(1);
      const start = performance.now();
      await expect(counted.consume([charge()])).rejects.toMatchObject({ code: "SLUICE_BACKEND_TIMEOUT" });
      expect(performance.now() - start).toBeLessThan(1_500);
    });
  });
} else {
  it.skipIf(!hasRedis)("upstash: needs redis-server", () => {});
}
