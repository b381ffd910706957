import { startUpstream, type Upstream } from "@sluice/test-services/upstream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningWorker, startWorker } from "./worker.ts";

const hourMs = 3_600_000;
const secret = "s3cr3t-key";

let services: Upstream[];
let worker: RunningWorker;
beforeAll(async () => {
  const link =
    '<html><a class="result__a" href="//duckduckgo.com/l/?uddg=https%3A%2F%2Ffound.example%2Fa">A</a></html>';
  const content = '{"email":"info@found.example"}';
  services = await Promise.all([
    startUpstream({ answer: () => ({ headers: { "content-type": "text/html" }, body: link }) }),
    startUpstream({ answer: () => ({ body: JSON.stringify({ choices: [{ message: { content } }] }) }) }),
    startUpstream({ answer: () => ({ body: '{"result":"ok"}' }) }),
    startUpstream({ answer: () => ({ status: 201, body: "" }) }),
  ]);
  const [DUCKDUCKGO_URL, GROK_URL, MILLION_VERIFIER_URL, SUPABASE_URL] = services.map(({ url }) => url);
  const keys = { GROK_API_KEY: secret, MILLION_VERIFIER_API_KEY: secret, SUPABASE_KEY: secret };
  worker = await startWorker({ vars: { DUCKDUCKGO_URL, GROK_URL, MILLION_VERIFIER_URL, SUPABASE_URL, ...keys } });
}, 60_000);
afterAll(async () => {
  await worker?.harness.close();
  await Promise.all((services ?? []).map((service) => service.stop()));
});

const api = async (path: string, body?: object): Promise<{ readonly status: number; readonly json: unknown }> => {
  const headers = { Authorization: "Bearer demo-pro", "Content-Type": "application/json" };
  const init = body && { method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(new URL(path, worker.url), { headers, ...init });
  return { status: answer.status, json: await answer.json() };
};

test("prospects in D1 are looked up by the cron trigger, under limits in a Durable Object, each call once", async () => {
  const names = Array.from({ length: 100 }, (_, n) => ({ name: `Company ${n}` }));
  expect(await api("/api/prospects", { prospects: names })).toMatchObject({ status: 201, json: { known: [] } });
  expect(await api("/api/prospects", { name: "Company 7" })).toMatchObject({ status: 409 });
  expect(await api("/api/prospects?limit=1&state=pending")).toMatchObject({
    json: { prospects: [{ emailState: "pending" }], nextCursor: expect.any(String) },
  });

  const scheduledTime = new Date(Math.floor(Date.now() / hourMs) * hourMs);
  const { scheduled } = worker.harness.getWorker("sluice-feeds");
  expect(await scheduled({ cron: "*/5 * * * *", scheduledTime })).toMatchObject({ outcome: "ok" });
  expect(await scheduled({ cron: "*/5 * * * *", scheduledTime })).toMatchObject({ outcome: "ok" });
  expect(services.map((service) => service.counts().requests)).toEqual([25, 25, 25, 25]);
  const done = await api("/api/prospects?limit=100&state=valid");
  expect((done.json as { readonly prospects: readonly object[] }).prospects).toHaveLength(25);
  const health = (await (await fetch(new URL("/health", worker.url))).json()) as { readonly jobs: object };
  expect(health.jobs).toMatchObject({ prospects: { enabled: true }, last: { prospects: { outcome: "ok" } } });
  expect(worker.log().join("\n")).not.toContain(secret);
}, 60_000);
