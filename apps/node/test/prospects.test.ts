import { memory } from "@sluice/core/memory";
import { type FeedsJobs, feedsJobs } from "@sluice/feeds";
import { prospects } from "@sluice/feeds/schema";
import { startUpstream } from "@sluice/test-services/upstream";
import { eq } from "drizzle-orm";
import { afterEach, describe, expect, test } from "vitest";
import {
  completion,
  minuteMs,
  mostWithin,
  nameIn,
  page,
  type ServiceName,
  stand as standing,
  startMs,
} from "./prospect-services.ts";

const hourMs = 60 * minuteMs;
const names: readonly ServiceName[] = ["search", "grok", "verifier", "records"];

let stop: (() => Promise<unknown>) | undefined;
const stand: typeof standing = async (...args) => {
  const made = await standing(...args);
  stop = made.stop;
  return made;
};
afterEach(async () => await stop?.());

function aborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason), { once: true }));
}

const states = (rows: readonly { readonly emailState: string }[]) => rows.map(({ emailState }) => emailState);

describe("prospects", () => {
  test("are looked up step by step, each once, within every limit, and nobody is banned", async () => {
    const { runs, rows, upstreams, asked, calls } = await stand(30);
    await runs(30);
    for (const row of await rows()) {
      expect(row).toMatchObject({
        site: `https://www.${row.name}.example`,
        email: `info@${row.name}.example`,
        emailState: "valid",
        failures: 0,
        lastError: null,
        recordedAtMs: expect.any(Number),
      });
    }
    for (const name of names) {
      expect(new Set(asked[name].map(nameIn)).size, name).toBe(30);
      expect(upstreams[name].counts(), name).toMatchObject({ requests: 30, accepted: 30, refused: 0, bans: 0 });
    }
    expect(upstreams.search.mostWithin(minuteMs)).toBeLessThanOrEqual(30);
    expect(mostWithin(calls(), hourMs)).toBe(100);
    const [first] = asked.records;
    expect(first?.headers).toMatchObject({ apikey: "s3cr3t-key", prefer: expect.stringMatching(/^resolution=merge/) });
    expect(JSON.parse(first?.body ?? "")).toMatchObject({ name: "company-1", email_state: "valid" });
    expect(asked.grok[0]?.headers).toMatchObject({ "idempotency-key": expect.any(String) });
  });

  test("that come with a site are not searched for, and what is not there is not asked for further", async () => {
    const { db, run, rows, change, asked } = await stand(4);
    await db.update(prospects).set({ site: "https://given.example" }).where(eq(prospects.name, "company-1"));
    change("search", { answer: (at) => (nameIn(at) === "company-2" ? page() : page("https://found.example/a")) });
    change("grok", {
      answer: (at) => completion(nameIn(at) === "company-3" ? '{"email":null}' : '{"email":"a@b.example"}'),
    });
    change("verifier", { answer: () => ({ body: '{"result":"catch_all"}' }) });
    expect(await run()).toEqual({
      counts: { sites: 3, addresses: 3, verdicts: 2, records: 4, failed: 0 },
      refused: [],
    });
    expect((await rows()).map(({ site, email, emailState }) => [site, email, emailState])).toEqual([
      ["https://given.example", "a@b.example", "risky"],
      [null, null, "none"],
      ["https://found.example", null, "none"],
      ["https://found.example", "a@b.example", "risky"],
    ]);
    expect(asked.records.map(({ body }) => JSON.parse(body).email_state)).toEqual(["risky", "none", "none", "risky"]);
  });

  test("are looked after in bounded numbers, and no further once a run is told to stop", async () => {
    const { run, asked, change } = await stand(5);
    expect(await run(undefined, 2)).toMatchObject({ counts: { sites: 2, records: 2 } });
    const stopping = new AbortController();
    change("grok", {
      answer() {
        stopping.abort();
        return new Promise(() => {});
      },
    });
    expect(await run(stopping.signal)).toMatchObject({ counts: { sites: 1, addresses: 0, failed: 0 } });
    expect(asked.search.map(nameIn)).toEqual(["company-1", "company-2", "company-3"]);
  });

  test("that two runs work on at once end as they should, and each finding counts once", async () => {
    const { run, rows, apis, calls } = await stand(8);
    const [one, two] = await Promise.all([run(), run()]);
    for (const what of ["sites", "addresses", "verdicts", "records"] as const) {
      expect((one?.counts[what] ?? 0) + (two?.counts[what] ?? 0), what).toBe(8);
    }
    expect(states(await rows())).toEqual(Array(8).fill("valid"));
    expect((await apis.clients.enrichment.peek())[0]?.used).toBe(calls().length);
  });

  test("are a job of the product, every five minutes, where there are services", async () => {
    const { db, time, services, logger, log, rows } = await stand(2);
    const backend = memory({ clock: time });
    // Leases are renewed by sleeping; here nobody holds one for so long.
    const still = { now: () => time.nowMs, sleep: (_: number, signal?: AbortSignal) => aborted(signal) };
    const deps = { db, backend, transports: {}, logger, time: still };
    const names = async (jobs: FeedsJobs) => (await jobs.runDue(time.nowMs)).map(({ name }) => name);
    expect(await names(feedsJobs(deps))).not.toContain("prospects");
    const jobs = feedsJobs({ ...deps, prospects: services });
    time.nowMs += 5 * minuteMs;
    expect(await names(jobs)).toContain("prospects");
    expect(states(await rows())).toEqual(["valid", "valid"]);
    expect(jobs.last().prospects).toEqual({ at: "2026-06-01T09:05:00.000Z", outcome: "ok" });
    expect(log.map(({ fields }) => fields)).toContainEqual({
      job: "prospects",
      ...{ sites: 2, addresses: 2, verdicts: 2, records: 2, failed: 0 },
    });
  });

  test("cost one call more where a process was killed while it was under way, and none that was written", async () => {
    const { db, rows, run, asked, change } = await stand(3);
    const [killed] = [new AbortController()];
    change("verifier", {
      answer(request) {
        if (nameIn(request) === "company-2" && !killed.signal.aborted) killed.abort();
        return { body: '{"result":"ok"}' };
      },
    });
    await run(killed.signal);
    expect(states(await rows())).toEqual(["valid", "pending", "pending"]);
    expect(await db.select().from(prospects).where(eq(prospects.name, "company-2"))).toMatchObject([
      { email: "info@company-2.example", failures: 0 },
    ]);
    await run();
    expect(states(await rows())).toEqual(["valid", "valid", "valid"]);
    expect(asked.search.map(nameIn)).toEqual(["company-1", "company-2", "company-3"]);
    expect(asked.grok.map(nameIn)).toEqual(["company-1", "company-2", "company-3"]);
    expect(asked.verifier.map(nameIn)).toEqual(["company-1", "company-2", "company-2", "company-3"]);
  });
});

describe("a service", () => {
  test.each<[tells: "retry-after" | "nothing", refusal: number, most: number]>([
    ["retry-after", 202, 1],
    ["nothing", 403, 8],
  ])(
    "that has banned us and says %s, by %d, is hardly called; the others go on, and nothing is lost",
    async (...of) => {
      const [tells, refusal, most] = of;
      const { runs, rows, db, upstreams, change, asked } = await stand(12);
      for (let n = 1; n <= 6; n++) {
        await db
          .update(prospects)
          .set({ site: `https://company-${n}.example` })
          .where(eq(prospects.name, `company-${n}`));
      }
      // Somebody else at our address has used it up.
      change("search", { limits: [{ limit: 0, windowMs: 90 * minuteMs }], refusal, tells: [tells] });
      await runs(6);
      expect(states(await rows())).toEqual([...Array(6).fill("valid"), ...Array(6).fill("pending")]);
      expect((await rows()).every(({ failures }) => failures === 0)).toBe(true);
      const { requests, bans } = upstreams.search.counts();
      expect(bans).toBe(0);
      expect(requests, "in half an hour").toBeLessThanOrEqual(most);
      change("search", {});
      await runs(16);
      expect(states(await rows())).toEqual(Array(12).fill("valid"));
      expect(new Set(asked.search.map(nameIn)).size).toBe(6);
    },
  );

  test("that says when to come back is asked again then, and not before", async () => {
    const { runs, rows, upstreams, change } = await stand(2);
    let isClosed = true;
    change("grok", {
      answer: (at) =>
        isClosed
          ? { status: 429, headers: { "retry-after": "1800" } }
          : completion(`{"email":"info@${nameIn(at)}.example"}`),
    });
    await runs(5);
    isClosed = false;
    expect(upstreams.grok.counts().requests).toBe(1);
    await runs(1);
    expect(upstreams.grok.counts().requests).toBe(1);
    await runs(3);
    expect(states(await rows())).toEqual(["valid", "valid"]);
  });

  test.each([
    ["has no credit", 402, "MillionVerifier has no credit left for us (status 402)"],
    ["does not know our key", 401, "MillionVerifier does not take our key (status 401)"],
    ["says so with status 200", { error: "Insufficient credits" }, "MillionVerifier has no credit left for us"],
    ["does not know it and says 200", { error: "Apikey not found" }, "MillionVerifier does not take our key"],
  ])("that %s is told of, and costs no prospect anything", async (_, answer, because) => {
    const { run, runs, rows, change, asked, log } = await stand(3);
    const body = typeof answer === "number" ? "" : JSON.stringify({ result: "error", ...answer });
    change("verifier", { answer: () => ({ status: typeof answer === "number" ? answer : 200, body }) });
    expect(await run()).toEqual({
      counts: { sites: 3, addresses: 3, verdicts: 0, records: 0, failed: 0 },
      refused: [because],
    });
    expect(asked.verifier).toHaveLength(1);
    expect(log.filter(({ level }) => level === "error")).toEqual([
      { level: "error", message: expect.stringMatching(/^a service refuses us/), fields: { step: "verdict", because } },
    ]);
    expect(await rows()).toMatchObject(Array(3).fill({ emailState: "pending", failures: 0, lastError: null }));
    change("verifier", {});
    await runs(1);
    expect(states(await rows())).toEqual(["valid", "valid", "valid"]);
  });

  test("that is down is left alone after a few failures, and its prospects come through when it is back", async () => {
    const { runs, rows, change, log, upstreams } = await stand(8);
    change("grok", { fault: () => 503 });
    const [first] = await runs(1);
    expect(first).toMatchObject({ counts: { sites: 8, addresses: 0 } });
    // Its breaker opens, or three in a row have failed.
    expect(first?.counts.failed).toBeLessThanOrEqual(3);
    expect(upstreams.grok.counts().requests).toBeLessThanOrEqual(12);
    expect(log.map(({ message }) => message)).toContain("a service is in trouble: a prospect waits");
    expect(log.at(-1)?.message).toMatch(/^a service .*: its prospects wait$/);
    await runs(24);
    const waiting = await rows();
    expect(states(waiting)).toEqual(Array(8).fill("pending"));
    expect(waiting[0]?.lastError).toMatch(/^Grok answered \(status 503\)$|^SLUICE_/);
    change("grok", {});
    await runs(80);
    expect(states(await rows())).toEqual(Array(8).fill("valid"));
  });

  test("whose answers always break off is left alone after three of them", async () => {
    const { run, change, log, upstreams } = await stand(9);
    change("grok", { fault: () => "half" });
    expect(await run()).toMatchObject({ counts: { sites: 9, failed: 3 } });
    expect(upstreams.grok.counts().requests).toBe(3);
    expect(log.at(-1)?.message).toBe("a service is in trouble: its prospects wait");
  });

  test.each(["drop", "half"] as const)(
    "whose answers break off (%s) is in trouble, and no job fails",
    async (fault) => {
      const { run, rows, change } = await stand(1);
      change("grok", { fault: () => fault });
      expect(await run()).toMatchObject({ counts: { sites: 1, failed: 1 } });
      expect(await rows()).toMatchObject([
        { emailState: "pending", failures: 1, lastError: "no answer came, or none that ended" },
      ]);
    },
  );

  test("that cannot be reached is told of without the address, which has a key in it", async () => {
    const failing: typeof fetch = async (input, init) => {
      if (!String(input).includes("/api/v3/")) return fetch(input, init);
      // As Bun has it.
      throw Object.assign(new Error("Unable to connect"), { path: String(input), code: "ConnectionRefused" });
    };
    const { run, rows, log } = await stand(4, {}, failing);
    expect(await run()).toMatchObject({ counts: { addresses: 4, verdicts: 0 } });
    expect(log[0]).toMatchObject({ level: "warn", fields: { step: "verdict", code: "ConnectionRefused" } });
    expect(JSON.stringify([log, await rows()])).not.toContain("s3cr3t");
  });

  test("that never answers is in trouble, too", async () => {
    const { run, rows, change, time } = await stand(1);
    change("grok", { fault: () => "hang" });
    time.timesOut = true;
    expect(await run()).toMatchObject({ counts: { sites: 1, addresses: 0, failed: 1 } });
    const lastError = "no answer came, or none that ended";
    expect(await rows()).toMatchObject([{ emailState: "pending", failures: 1, lastError }]);
  });

  test("that is slow makes a run short: after four minutes nothing more is begun", async () => {
    const { run, runs, rows, change, calls } = await stand(10);
    change("grok", { latencyMs: 25_000 });
    expect(await run()).toMatchObject({ counts: { sites: 10, addresses: 10, verdicts: 9, records: 9, failed: 0 } });
    await runs(1);
    expect(states(await rows())).toEqual(Array(10).fill("valid"));
    expect(calls()).toHaveLength(40);
  });

  test("that fails now and then is asked again under the same key", async () => {
    const { run, rows, change, asked } = await stand(2);
    change("grok", {
      answer: (at) => (at.number % 2 === 1 ? { status: 503 } : completion(`{"email":"info@${nameIn(at)}.example"}`)),
    });
    expect(await run()).toMatchObject({ counts: { addresses: 2, failed: 0 } });
    expect(states(await rows())).toEqual(["valid", "valid"]);
    const keys = asked.grok.map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toEqual([keys[0], keys[0], keys[2], keys[2]]);
    expect(new Set(keys).size).toBe(2);
  });

  test.each(["-1", "1.5", "soon", "Thu, 01 Jan 1970 00:00:00 GMT"])(
    "that lies (Retry-After: %s) is not trusted",
    async (lie) => {
      const { runs, rows, change, upstreams } = await stand(3);
      const lies = (headers: Record<string, string>) => ({ ...headers, "retry-after": lie });
      change("grok", { limits: [{ limit: 0, windowMs: 20 * minuteMs }], lies });
      await runs(3);
      expect(upstreams.grok.counts(), "in a quarter of an hour").toMatchObject({ bans: 0, accepted: 0 });
      expect(upstreams.grok.counts().requests).toBeLessThanOrEqual(6);
      change("grok", { lies: undefined });
      await runs(12);
      expect(states(await rows())).toEqual(["valid", "valid", "valid"]);
    },
  );

  test("that answers nonsense puts the prospect off, ever longer, until it is given up", async () => {
    const { runs, rows, change, asked } = await stand(2);
    change("grok", { answer: (at) => completion(nameIn(at) === "company-1" ? "Hello!" : '{"email":"a@b.example"}') });
    await runs(1);
    const [, failed] = await rows();
    expect(failed).toMatchObject({ name: "company-1", failures: 1, nextTryAtMs: startMs + 5 * minuteMs });
    await runs(5 * 12 * 5);
    const [gone] = (await rows()).filter(({ name }) => name === "company-1");
    const lastError = "Grok answered what is no JSON";
    expect(gone).toMatchObject({ emailState: "none", lastError, email: null, recordedAtMs: expect.any(Number) });
    const tries = asked.grok.filter((at) => nameIn(at) === "company-1").map(({ atMs }) => atMs - startMs);
    expect(tries).toHaveLength(8);
    const gaps = tries.slice(1).map((atMs, n) => Math.round((atMs - (tries[n] ?? 0)) / minuteMs));
    expect(gaps).toEqual([5, 10, 20, 40, 80, 160, 320]);
  });

  test("that holds results and is down keeps no prospect from being looked up, and gets all of them later", async () => {
    const { runs, rows, change, asked } = await stand(6);
    change("records", { fault: () => "drop" });
    await runs(2);
    expect(await rows()).toMatchObject(Array(6).fill({ emailState: "valid", lastError: null, recordedAtMs: null }));
    change("records", {});
    await runs(20);
    expect((await rows()).every(({ recordedAtMs }) => recordedAtMs !== null)).toBe(true);
    expect(new Set(asked.records.map(nameIn)).size).toBe(6);
  });
});

test("where the search cannot be asked a backup is, under a limit of its own and the one for all", async () => {
  const paths: string[] = [];
  const backup = await startUpstream({
    limits: [{ limit: 30, windowMs: minuteMs }],
    answer({ path }) {
      paths.push(path);
      return { body: '{"results":[{"url":"https://by-backup.example/x"}]}' };
    },
  });
  try {
    const { runs, rows, change, apis, upstreams } = await stand(6, { searchBackup: { url: backup.url } });
    change("search", { limits: [{ limit: 0, windowMs: hourMs }], tells: ["nothing"] });
    await runs(3);
    expect((await rows()).map(({ site }) => site)).toEqual(Array(6).fill("https://by-backup.example"));
    expect(backup.counts()).toMatchObject({ requests: 6, accepted: 6 });
    expect(paths[0]).toBe("/search?q=company-1%20official%20website&format=json");
    const [state] = await apis.clients.enrichment.peek();
    const others = [upstreams.search, upstreams.grok, upstreams.verifier, upstreams.records];
    const calls = others.reduce((sum, upstream) => sum + upstream.counts().requests, 6);
    expect(state?.used).toBe(calls);
  } finally {
    await backup.stop();
  }
});
