import { describe, expect, it } from "vitest";
import { made, statusOf } from "../../test/client-made.ts";
import type { ClientBody } from "./client.ts";

const bytes = new TextEncoder().encode("body");

const stream = () =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });

/** Fails the first request, and notes what each of them sent. */
function noting(status: number) {
  const bodies: string[] = [];
  let isFirst = true;
  return {
    bodies,
    fault({ body }: { readonly body: string }) {
      bodies.push(body);
      const fault = isFirst ? status : undefined;
      isFirst = false;
      return fault;
    },
  };
}

const form = () => {
  const data = new FormData();
  data.set("a", "body");
  return data;
};

describe("a body", () => {
  it.each<readonly [string, ClientBody, string | RegExp]>([
    ["a string", "body", "body"],
    ["URLSearchParams", new URLSearchParams({ a: "b" }), "a=b"],
    ["a Blob", new Blob(["body"]), "body"],
    ["an ArrayBuffer", bytes.buffer as ArrayBuffer, "body"],
    ["a view", bytes, "body"],
    ["FormData", form(), /name="a"\r\n\r\nbody\r\n/],
    ["a function that makes a stream", stream, "body"],
    ["a function that makes one later", async () => stream(), "body"],
    ["a function that makes a string", () => "body", "body"],
  ])("that is %s is sent again", async (_, body, sent) => {
    const { bodies, fault } = noting(503);
    const { client, time } = await made({}, { fault });
    expect(await time.until(client("/", { method: "PUT", body }).then(statusOf))).toBe(200);
    expect(bodies).toEqual([expect.stringMatching(sent), expect.stringMatching(sent)]);
  });

  it("that is a stream is sent once: whatever is answered is the caller's", async () => {
    for (const status of [503, 429]) {
      const { bodies, fault } = noting(status);
      const { client, time } = await made({}, { fault });
      expect(await time.until(client("/", { method: "PUT", body: stream() }).then(statusOf))).toBe(status);
      expect(bodies).toEqual(["body"]);
    }
  });

  it("of a Request is sent once, and a Request without one again", async () => {
    const { bodies, fault } = noting(503);
    const { client, time, upstream } = await made({}, { fault });
    const request = new Request(upstream.url, { method: "PUT", body: "body" });
    expect(await time.until(client(request).then(statusOf))).toBe(503);
    expect(bodies).toEqual(["body"]);
    const again = await made({}, { fault: noting(503).fault });
    expect(await again.time.until(again.client(new Request(again.upstream.url)).then(statusOf))).toBe(200);
  });

  it("is made anew for every attempt; whoever cannot make it hears of it, and nothing was sent", async () => {
    let isMade = 0;
    const { fault } = noting(503);
    const { client, time, upstream } = await made({}, { fault });
    const body = () => `number ${++isMade}`;
    expect(await time.until(client("/", { method: "PUT", body }).then(statusOf))).toBe(200);
    expect(isMade).toBe(2);
    const broken = () => Promise.reject(new Error("no such file"));
    await expect(time.until(client("/", { method: "PUT", body: broken }))).rejects.toThrow("no such file");
    expect(upstream.counts().requests).toBe(2);
    expect((await client.limiter.peek())[0]?.used).toBe(2);
  });
});

describe("answers that nobody reads", () => {
  it("are given up before anybody sleeps: no connection is busy meanwhile", async () => {
    let left = 2;
    // More than the buffers of a connection hold: who does not read it, and does not give it up, keeps it busy.
    const answer = () =>
      left-- > 0 ? { status: 429, headers: { "retry-after": "30" }, body: "x".repeat(8_000_000) } : {};
    const { client, time, upstream } = await made({ maxWaitMs: 120_000 }, { answer });
    const calls = Promise.all([1, 2].map(() => client("/").then(statusOf)));
    await time.pass(100);
    await expect.poll(() => upstream.connections().busy).toBe(0);
    expect(upstream.counts().requests).toBe(2);
    expect(await time.until(calls)).toEqual([200, 200]);
  });

  it("of a failure, too", async () => {
    let left = 1;
    const answer = () => (left-- > 0 ? { status: 503, body: "x".repeat(8_000_000) } : {});
    const { client, time, upstream } = await made({ random: () => 1, retry: { baseMs: 10_000 } }, { answer });
    const call = client("/").then(statusOf);
    await time.pass(100);
    await expect.poll(() => upstream.connections().busy).toBe(0);
    expect(await time.until(call)).toBe(200);
  });
});
