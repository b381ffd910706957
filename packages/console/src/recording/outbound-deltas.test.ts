import { metrics } from "@sluice/outbound";
import { afterEach, expect, test } from "vitest";
import { testDatabase } from "../../test/database.ts";
import { insertOutbound, type OutboundMinuteRow, outboundHours } from "../records/outbound-minutes.ts";
import { outboundDeltas } from "./outbound-deltas.ts";

const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 5, 1, 9);

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

/** A process that counts, on a clock of the test's. */
function counting(clock = { nowMs: startMs }) {
  const time = { now: () => clock.nowMs, sleep: async () => {} };
  const counted = metrics({ time });
  const deltas = outboundDeltas(counted.snapshot, time.now);
  const grok = counted.api("grok");
  return {
    ...{ clock, counted, deltas },
    /** A call that is answered by so many 429s and then by a 200. */
    call(throttled = 0, latencyMs = 40): void {
      grok.call();
      const end = grok.waits();
      clock.nowMs += 10;
      end();
      for (let n = 0; n <= throttled; n++) {
        grok.attempt(n > 0);
        if (n < throttled) grok.throttled();
        grok.answer(n < throttled ? 429 : 200, latencyMs);
      }
    },
  };
}

function database() {
  const test = testDatabase();
  opened.push(test);
  const rows = () => test.sqlite.prepare("select * from sluice_outbound_minutes order by minute_ms, kind, name").all();
  const write = (taken: readonly OutboundMinuteRow[]) => test.db.batch([insertOutbound(test.db, taken)]);
  return { ...test, rows, write };
}

const none = {
  calls: 0,
  attempts: 0,
  retries: 0,
  throttled: 0,
  failures: 0,
  answers: 0,
  latencyMs: 0,
  waits: 0,
  waitMs: 0,
};

test("what was counted is told once, for the minute in which it is asked for", () => {
  const { call, deltas, clock, counted } = counting();
  call(2);
  counted.count({ type: "delayed", limit: "send", key: "", waitMs: 250 });
  counted.count({ type: "denied", limit: "send", key: "" });
  const grok = { ...none, kind: "api", name: "grok", calls: 1, attempts: 3, retries: 2, throttled: 2, answers: 3 };
  const send = { ...none, kind: "limit", name: "send", calls: 1, throttled: 1, waits: 1, waitMs: 250 };
  expect(deltas.take()).toEqual([
    { ...grok, minuteMs: startMs, latencyMs: 120, waits: 1, waitMs: 10 },
    { ...send, minuteMs: startMs },
  ]);
  expect(deltas.take()).toEqual([]);
  clock.nowMs = startMs + 61_000;
  call();
  expect(deltas.take()).toMatchObject([
    { minuteMs: startMs + 60_000, name: "grok", calls: 1, attempts: 1, retries: 0 },
  ]);
});

test("what several processes write, and one that has begun anew, is added up", async () => {
  const { write, rows, db, statements } = database();
  const [one, other] = [counting(), counting()];
  one.call(1);
  await write(one.deltas.take());
  one.call();
  other.call(0, 60);
  const after = counting(one.clock);
  after.call();
  for (const process of [one, other, after]) await write(process.deltas.take());
  expect(rows()).toEqual([
    {
      ...{
        minute_ms: startMs,
        kind: "api",
        name: "grok",
        calls: 4,
        attempts: 5,
        retries: 1,
        throttled: 1,
        failures: 0,
      },
      ...{ answers: 5, latency_ms: 220, waits: 4, wait_ms: 40 },
    },
  ]);
  expect(statements).toHaveLength(4);
  expect(await outboundHours(db, startMs)).toMatchObject([{ hourMs: startMs, kind: "api", name: "grok", calls: 4 }]);
});

test("hundreds of names, however they are written, are one statement", async () => {
  const { write, rows, statements } = database();
  const { deltas, counted } = counting();
  const names = [`it's "quoted"`, "{}", "$.name", "\u{1f98a}", ...Array.from({ length: 300 }, (_, n) => `host-${n}`)];
  for (const name of names) counted.api(name).call();
  await write(deltas.take());
  expect(statements).toHaveLength(1);
  const written = rows().map((row) => row["name"] as string);
  expect(written.toSorted()).toEqual(names.toSorted());
});

test("hours are added up by the primary key, from the minute asked for", async () => {
  const { write, db, sqlite, statements } = database();
  const row = { ...none, kind: "api" as const, name: "grok" };
  const at = (minuteMs: number, calls: number) => ({ ...row, minuteMs, calls });
  await write([at(startMs - 60_000, 1), at(startMs, 2), at(startMs + hourMs - 60_000, 4), at(startMs + hourMs, 8)]);
  statements.length = 0;
  const hours = await outboundHours(db, startMs);
  expect(hours.map(({ hourMs: at, calls }) => [at, calls])).toEqual([
    [startMs, 6],
    [startMs + hourMs, 8],
  ]);
  const plan = sqlite.prepare(`explain query plan ${statements[0]}`).all(startMs);
  expect(plan.map(({ detail }) => detail)[0]).toMatch(
    /^SEARCH .* USING (PRIMARY KEY|INDEX sqlite_autoindex).*minute_ms>/,
  );
});
