import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sqlite } from "@sluice/core/sqlite";
import { enrichProspects, type ProspectServices, prospectApis, seedWhenEmpty } from "@sluice/feeds";
import { digestSubscriptions, entries, prospects } from "@sluice/feeds/schema";
import { leases, systemTime } from "@sluice/outbound";
import { isNull } from "drizzle-orm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "../../src/database.ts";
import { endProcesses, installed, startProcess, stopped } from "../app-process.ts";
import { migrations } from "../feeds.ts";
import { addCompanies, keptLog, nameIn, startServices } from "../prospect-services.ts";

let folder: string;
let started: Awaited<ReturnType<typeof startServices>>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-prospects-"));
  started = await startServices();
});
afterEach(async () => {
  endProcesses();
  await started.stop();
  rmSync(folder, { recursive: true });
});

function settings({ duckDuckGo, grok, millionVerifier, supabase }: ProspectServices): Record<string, string> {
  return {
    DATABASE_PATH: join(folder, "feeds.sqlite"),
    JOBS: "on",
    DUCKDUCKGO_URL: duckDuckGo.url,
    GROK_URL: grok.url,
    GROK_API_KEY: grok.key,
    MILLION_VERIFIER_URL: millionVerifier.url,
    MILLION_VERIFIER_API_KEY: millionVerifier.key,
    SUPABASE_URL: supabase?.url ?? "",
    SUPABASE_KEY: supabase?.key ?? "",
  };
}

/** Leaves so many prospects waiting in the database that the app will open, and nothing else to be done. */
async function leave(count: number): Promise<void> {
  const { db, close } = openDatabase(join(folder, "feeds.sqlite"), migrations);
  await seedWhenEmpty(db);
  await db.delete(digestSubscriptions);
  await db.update(entries).set({ words: 1 }).where(isNull(entries.words));
  await addCompanies(db, count);
  close();
}

/** What the files of a process say that is gone, and the job that goes on with them. */
async function opened<T>(
  look: (found: {
    rows(): Promise<(typeof prospects.$inferSelect)[]>;
    used(): Promise<number | undefined>;
    isHeld(): Promise<boolean>;
    goOn(): ReturnType<typeof enrichProspects>;
  }) => Promise<T>,
): Promise<T> {
  const { db, close } = openDatabase(join(folder, "feeds.sqlite"), migrations);
  const file = new DatabaseSync(join(folder, "outbound.sqlite"), { timeout: 5_000 });
  const backend = sqlite(file);
  const apis = prospectApis({ services: started.services, backend });
  const deps = { db, apis, ...keptLog(), time: systemTime };
  try {
    return await look({
      rows: () => db.select().from(prospects),
      used: async () => (await apis.clients.enrichment.peek())[0]?.used,
      isHeld: async () => (await leases({ backend }).state("prospects")).held,
      goOn: () => enrichProspects(deps, new AbortController().signal),
    });
  } finally {
    file.close();
    close();
  }
}

describe.each(installed.map(({ name }) => name))("on %s", (name) => {
  test("prospects are looked up once the app listens, which /health tells", async () => {
    await leave(3);
    started.change("verifier", { answer: () => ({ status: 402, body: "" }) });
    const app = startProcess(settings(started.services), name);
    const port = await app.listening;
    const health = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/health`);
      return ((await answer.json()) as { readonly jobs: Readonly<Record<string, unknown>> }).jobs;
    };
    await expect.poll(health, { timeout: 20_000 }).toMatchObject({
      prospects: { enabled: true, refusedBy: ["MillionVerifier has no credit left for us (status 402)"] },
      last: { prospects: { outcome: "ok" } },
    });
    expect(await stopped(app)).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.stringify(app.log())).not.toContain("s3cr3t");
    await opened(async ({ rows, used, isHeld }) => {
      const found = { emailState: "pending", email: expect.stringMatching(/^info@company-\d\.example$/), failures: 0 };
      expect(await rows()).toMatchObject([found, found, found]);
      // Three searches, three questions to Grok, and one to who has no credit left for us.
      expect(await used()).toBe(7);
      expect(await isHeld()).toBe(false);
    });
  });
});

test("killed while a call is under way, it repeats that one and no other, and the hour's calls stay counted", async () => {
  await leave(3);
  const arrived = Promise.withResolvers<void>();
  let isHanging = true;
  started.change("grok", {
    answer(request) {
      const email = `info@${nameIn(request)}.example`;
      if (nameIn(request) !== "company-2" || !isHanging) {
        return { body: JSON.stringify({ choices: [{ message: { content: JSON.stringify({ email }) } }] }) };
      }
      arrived.resolve();
      return new Promise(() => {});
    },
  });
  const app = startProcess(settings(started.services));
  await arrived.promise;
  app.child.kill("SIGKILL");
  await app.ended;
  isHanging = false;
  await opened(async ({ rows, used, isHeld, goOn }) => {
    expect(await isHeld(), "until its life is over").toBe(true);
    expect(await used()).toBe(6);
    expect(await goOn()).toMatchObject({ counts: { sites: 1, addresses: 2, verdicts: 2, records: 2 }, refused: [] });
    expect((await rows()).map(({ emailState }) => emailState)).toEqual(["valid", "valid", "valid"]);
    expect(await used()).toBe(13);
  });
  const all = ["company-1", "company-2", "company-3"];
  expect(started.asked.search.map(nameIn)).toEqual(all);
  expect(started.asked.grok.map(nameIn)).toEqual(["company-1", "company-2", "company-2", "company-3"]);
  expect(started.asked.verifier.map(nameIn)).toEqual(all);
  expect(started.asked.records.map(nameIn)).toEqual(all);
});

test("without keys nobody is asked, and /health says which are missing; a wrong setting stops the start", async () => {
  await leave(1);
  const { GROK_API_KEY: _, ...rest } = settings(started.services);
  const app = startProcess(rest);
  const port = await app.listening;
  const health = (await (await fetch(`http://127.0.0.1:${port}/health`)).json()) as { readonly jobs: object };
  expect(health.jobs).toMatchObject({ prospects: { enabled: false, because: "GROK_API_KEY is not set" } });
  await stopped(app);
  expect(started.calls()).toEqual([]);
  const wrong = { ...settings(started.services), GROK_URL: "ftp://u:s3cr3t@x", SUPABASE_KEY: "s3cr3t s3cr3t" };
  const { code, stderr } = await startProcess(wrong).ended;
  expect(code).toBe(1);
  expect(stderr.trim().split("\n")).toEqual([
    'GROK_URL="ftp://***@x" has to begin with https:// or http://.',
    expect.stringMatching(/^SUPABASE_KEY is set, but with blanks, quotes or other signs/),
  ]);
  expect(stderr).not.toContain("s3cr3t");
});
