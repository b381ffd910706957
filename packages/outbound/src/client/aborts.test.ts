import { describe, expect, it } from "vitest";
import { codeOf, made, statusOf } from "../../test/client-made.ts";

const why = new Error("the user went away");

/** Aborts a call after so long, and returns what it rejected with. */
async function aborted(making: ReturnType<typeof made>, afterMs: number, init: object = {}) {
  const { client, time, ...rest } = await making;
  const controller = new AbortController();
  const call = client("/", { ...init, signal: controller.signal }).then(statusOf, (error: unknown) => error);
  await time.pass(afterMs);
  controller.abort(why);
  return { result: await time.until(call), client, time, ...rest };
}

describe("a call that its caller stops", () => {
  it("before it began takes nothing", async () => {
    const { client, upstream } = await made();
    await expect(client("/", { signal: AbortSignal.abort(why) })).rejects.toBe(why);
    expect(upstream.counts().requests).toBe(0);
    expect((await client.limiter.peek())[0]?.used).toBe(0);
  });

  it("while it waits gives its place back", async () => {
    const making = await made();
    await making.statuses(10);
    const { result, client, upstream, time } = await aborted(Promise.resolve(making), 500);
    expect(result).toBe(why);
    expect(upstream.counts().requests).toBe(10);
    expect((await client.limiter.peek())[0]?.used).toBe(10);
    expect(time.sleepers()).toBe(0);
  });

  it("while it is sent counts as used, and tells nothing of the API's health", async () => {
    const { result, client, upstream, time } = await aborted(made({}, { fault: () => "hang" }), 500);
    expect(result).toBe(why);
    expect(upstream.counts().requests).toBe(1);
    expect((await client.limiter.peek())[0]?.used).toBe(1);
    expect(await client.breaker?.state()).toMatchObject({ calls: 0, failures: 0 });
    await expect.poll(() => upstream.connections().busy).toBe(0);
    expect(time.sleepers()).toBe(0);
  });

  it("while it waits before it is sent again is not sent again", async () => {
    const own = { random: () => 1, retry: { baseMs: 5_000 } };
    const { result, upstream, time } = await aborted(made(own, { fault: () => 503 }), 1_000);
    expect(result).toBe(why);
    expect(upstream.counts().requests).toBe(1);
    expect(time.sleepers()).toBe(0);
  });

  it("while it waits behind a pause is not sent again", async () => {
    const answer = () => ({ status: 429, headers: { "retry-after": "20" } });
    const { result, upstream } = await aborted(made({}, { answer }), 1_000);
    expect(result).toBe(why);
    expect(upstream.counts().requests).toBe(1);
  });

  it("while its answer is read breaks the reading off", async () => {
    const { client, time, upstream } = await made(
      {},
      { fault: () => "stall", answer: () => ({ body: "x".repeat(1_000) }) },
    );
    const controller = new AbortController();
    const answer = await time.until(client("/", { signal: controller.signal }));
    controller.abort(why);
    await expect(answer.text()).rejects.toBe(why);
    await expect.poll(() => upstream.connections().busy).toBe(0);
  });

  it("while its body is made is not sent, and gives up what is made too late", async () => {
    const { client, time, upstream } = await made({ timeoutMs: 5_000 });
    const controller = new AbortController();
    const late = Promise.withResolvers<ReadableStream>();
    const body = () => late.promise;
    const init = { method: "PUT", body, signal: controller.signal };
    const call = client("/", init).catch((error: unknown) => error);
    await time.pass(100);
    controller.abort(why);
    expect(await call).toBe(why);
    expect([(await client.limiter.peek())[0]?.used, time.sleepers()]).toEqual([0, 0]);
    const gone: unknown[] = [];
    late.resolve(new ReadableStream({ cancel: (reason) => void gone.push(reason) }));
    await expect.poll(() => gone).toEqual([why]);
    // Nor does anybody wait longer for it than an attempt may take.
    const endless = () => new Promise<string>(() => {});
    expect(await time.until(client("/", { method: "PUT", body: endless }).catch(codeOf))).toBe("SLUICE_TIMEOUT");
    expect(upstream.counts().requests).toBe(0);
    expect(await client.breaker?.state()).toMatchObject({ failures: 0 });
  });

  it("by the signal of its Request is stopped, too", async () => {
    const { client, time, upstream } = await made({}, { fault: () => "hang" });
    const controller = new AbortController();
    const call = client(new Request(upstream.url, { signal: controller.signal })).catch((error: unknown) => error);
    await time.pass(100);
    controller.abort(why);
    expect(await time.until(call)).toBe(why);
  });

  it("asks no backup", async () => {
    const fallback = () => Promise.reject(new Error("was asked"));
    const { result } = await aborted(made({ fallback }, { fault: () => "hang" }), 500);
    expect(result).toBe(why);
  });
});
