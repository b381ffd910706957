/** What was decided, read, sent and changed, over the API. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asking } from "../../test/api-asking.ts";
import { type TestConsole, testConsole } from "../../test/whole-console.ts";

let it: TestConsole;
beforeEach(async () => {
  it = await testConsole();
});
afterEach(() => it.close());

const ask = asking(() => it);

describe("what was decided and read", () => {
  test("is told by all questions there are", async () => {
    it.database.sqlite.exec(`insert into sluice_feed_access (feed_id, owner_id, at_ms, address, user_agent, status, decision)
      values ('f1', 'u1', ${it.clock.nowMs - 5}, '192.0.2.7', '<script>', 200, 'allowed'), ('f2', 'u2', ${it.clock.nowMs - 4}, '192.0.2.8', 'x', 429, 'denied')`);
    for (const path of ["/standings", "/live", "/denied-keys?limit=5", "/feed-access/hours", "/feed-access/feeds"]) {
      expect([path, (await ask("GET", path)).status]).toEqual([path, 200]);
    }
    const { nowMs } = it.clock;
    expect((await ask("GET", `/decisions?fromMs=${nowMs - 3_600_000}&toMs=${nowMs}&stepMs=60000`)).json).toEqual([]);
    expect((await ask("GET", `/decisions?fromMs=${nowMs}&toMs=${nowMs}`)).json.field).toBe("toMs");
    expect((await ask("GET", `/decisions?fromMs=0&toMs=${nowMs}`)).json.field).toBe("stepMs");
    expect((await ask("GET", `/decisions?fromMs=0&toMs=60000&stepMs=60001`)).json.field).toBe("stepMs");
    expect((await ask("GET", "/feed-access/count?feed=f1")).json).toEqual({ reads: 1, denied: 0 });
    expect((await ask("GET", "/feed-access?owner=u2&limit=1")).json.items).toHaveLength(1);
    const [reader] = (await ask("GET", "/feed-access/readers")).json;
    expect((await ask("GET", `/feed-access?addressOf=${reader.row}`)).json.items).toHaveLength(1);
    expect((await ask("GET", "/feed-access?addressOf=192.0.2.7")).json.field).toBe("addressOf");
    for (const path of ["/feed-access", "/feed-access/count", "/feed-access.csv"]) {
      const refused = await ask("GET", `${path}?decision=xx`);
      expect([refused.status, refused.json.field]).toEqual([422, "decision"]);
    }
    const csv = await ask("GET", "/feed-access.csv?feed=f1");
    expect(csv.headers.get("Content-Type")).toMatch(/^text\/csv/);
    expect(csv.text.trimEnd().split("\r\n")).toHaveLength(2);
    expect((await it.ask("HEAD", "/feed-access.csv")).status).toBe(200);
  });

  test("is in the audit log, and undone from it", async () => {
    await ask("PUT", "/users/u1/plan", { plan: "pro", was: "free" });
    const { items } = (await ask("GET", "/audit?subject=u1")).json;
    expect(items[0]).toMatchObject({ who: "root", action: "user.plan", canUndo: true });
    expect((await ask("POST", `/audit/${items[0].id}/undo`)).status).toBe(204);
    expect((await ask("GET", "/users/u1")).json.plan).toBe("free");
    expect((await ask("POST", `/audit/${items[0].id}/undo`)).status).toBe(409);
    expect((await ask("POST", "/audit/99999/undo")).status).toBe(404);
    expect((await ask("POST", "/audit/one/undo")).json.field).toBe("id");
    expect((await ask("GET", "/audit?action=user")).json.items).not.toHaveLength(0);
  });
});

describe("what goes out", () => {
  test("is shown, held and let go", async () => {
    const hold = { reason: "a complaint", untilMs: it.clock.nowMs + 86_400_000 * 365 * 20 };
    expect((await ask("POST", "/outbound/sending/pause", { reason: "a complaint" })).status).toBe(204);
    const { json } = await ask("GET", "/outbound");
    expect(json.sending.paused).toMatchObject({ reason: "a complaint", by: "root" });
    expect(json.apis[0].name).toBe("grok");
    expect((await ask("POST", "/outbound/sending/resume")).status).toBe(204);
    expect((await ask("POST", "/outbound/sending/pause", { untilMs: hold.untilMs })).json.field).toBe("reason");
    for (const verb of ["pause", "resume"]) {
      const body = verb === "pause" ? { reason: "a check" } : undefined;
      expect([verb, (await ask("POST", `/outbound/inboxes/news/${verb}`, body)).status]).toEqual([verb, 204]);
      expect([verb, (await ask("POST", `/outbound/apis/grok/${verb}`, body)).status]).toEqual([verb, 204]);
      expect([verb, (await ask("POST", `/outbound/apis/none/${verb}`, body)).status]).toEqual([verb, 404]);
    }
    expect([204, 409]).toContain((await ask("POST", "/outbound/apis/grok/breaker/open", { reason: "down" })).status);
    expect([204, 409]).toContain((await ask("POST", "/outbound/apis/grok/breaker/close")).status);
    expect((await ask("POST", "/outbound/inboxes/news/release")).json.code).toBe("unsupported");
  });

  test("is told to be absent where the app has none, as feeds are", async () => {
    const bare = await testConsole({ outbound: undefined, feeds: undefined });
    expect((await bare.ask("GET", "/outbound")).status).toBe(409);
    expect((await bare.ask("GET", "/feed-access")).status).toBe(409);
    bare.close();
  });
});
