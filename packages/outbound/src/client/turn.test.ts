import { perSecond } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { codeOf } from "../../test/client-made.ts";
import { type VirtualTime, virtualTime } from "../time/virtual-time.ts";
import { createClient } from "./create-client.ts";

/** How long requests take, one after the other, and what they are answered; later ones at once, with 200. */
type Script = readonly { readonly tookMs: number; readonly status?: number; readonly headers?: HeadersInit }[];

/** A client of two requests a second, whose first ones open connections: they may arrive late. */
function opening(script: Script) {
  const time = virtualTime();
  const from = time.now();
  const sentAt: number[] = [];
  const client = createClient({
    name: "api",
    backend: memory({ clock: time }),
    rate: perSecond(2),
    toleranceMs: 50,
    time,
    random: () => 0,
    async fetch() {
      const { tookMs, ...init } = script[sentAt.length] ?? { tookMs: 0 };
      sentAt.push(time.now() - from);
      if (tookMs > 0) await time.sleep(tookMs);
      return new Response("", init);
    },
  });
  return { client, time, sentAt };
}

const late: Script = [{ tookMs: 900 }, { tookMs: 900 }];

async function passed<T>(promise: Promise<T>, time: VirtualTime, ms: number): Promise<T> {
  await time.advance(ms);
  return promise;
}

describe("a turn behind requests that arrived late", () => {
  it("comes when they have surely left the window", async () => {
    const { client, time, sentAt } = opening(late);
    const calls = Promise.all([1, 2, 3].map(() => client("http://api.example").then(({ status }) => status)));
    expect(await passed(calls, time, 5_000)).toEqual([200, 200, 200]);
    expect(sentAt).toEqual([0, 0, 1_925]);
  });

  it("is refused at once where that is longer than the call may wait, and takes nothing", async () => {
    const { client, time, sentAt } = opening(late);
    await passed(Promise.all([1, 2].map(() => client("http://api.example"))), time, 1_100);
    const now = time.now();
    const refused = client("http://api.example", { maxWaitMs: 824 }).catch((error) => error);
    expect(await passed(refused, time, 0)).toMatchObject({
      code: "SLUICE_MAX_WAIT",
      retryAfterMs: 825,
      retryAtMs: now + 825,
      denial: { violations: [{ name: "api" }] },
    });
    expect([sentAt.length, (await client.limiter.peek())[0]?.used, time.sleepers()]).toEqual([2, 0, 0]);
    expect((await passed(client("http://api.example", { maxWaitMs: 825 }), time, 825)).status).toBe(200);
  });

  it("comes anew where everybody was told to wait meanwhile", async () => {
    const throttled = { tookMs: 1_300, status: 429, headers: { "retry-after": "10" } };
    const { client, time, sentAt } = opening([{ tookMs: 900 }, throttled]);
    const calls = Promise.all([1, 2, 3].map(() => client("http://api.example").then(({ status }) => status)));
    expect(await passed(calls, time, 20_000)).toEqual([200, 200, 200]);
    for (const at of sentAt.slice(2)) expect(at).toBeGreaterThanOrEqual(11_300);
  });

  it("is given back by a caller who stops meanwhile", async () => {
    const { client, time } = opening(late);
    await passed(Promise.all([1, 2].map(() => client("http://api.example"))), time, 1_100);
    const controller = new AbortController();
    const stopped = client("http://api.example", { signal: controller.signal }).catch((error: unknown) => error);
    await time.advance(100);
    expect((await client.limiter.peek())[0]?.used).toBe(1);
    controller.abort("enough");
    expect(await stopped).toBe("enough");
    expect([(await client.limiter.peek())[0]?.used, time.sleepers()]).toEqual([0, 0]);
  });

  it("is not asked of calls that cost less than the limit holds", async () => {
    const time = virtualTime();
    const rate = perSecond(20, { burst: 10 });
    const fetch = async () => new Response();
    const client = createClient({ name: "api", backend: memory({ clock: time }), rate, time, fetch });
    const tenth = () => client("http://api.example", { cost: 0.1, maxWaitMs: 0 }).then(({ status }) => status, codeOf);
    for (let i = 0; i < 100; i++) expect(await tenth()).toBe(200);
  });
});
