/** What goes out, held and let go by the forms of its page, over real quotas, clients and breakers. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { followed, page } from "../../test/page-reading.ts";
import { type ConsoleApp, consoleApp } from "../../test/pages-app.ts";

let the: ConsoleApp;
beforeEach(() => {
  the = consoleApp();
});
afterEach(() => the.database.close());

describe("what goes out", () => {
  it("is paused with a reason, which is said first, and goes on again", async () => {
    const paused = await followed(
      the,
      the.post("/admin/outbound/sending/pause", { name: "sending", reason: "bounces", for: "1h" }),
    );
    expect(paused.text).toMatch(/All sending is paused: bounces \(by alice, since .* until 22 Nov 2026, 13:00 UTC/);
    expect(paused.text.indexOf("All sending is paused")).toBeLessThan(paused.text.indexOf("Inboxes"));
    expect(paused.text).toContain("waits: all sending is paused");
    expect(paused.text).not.toContain("may send");
    expect((await the.outbound.quota?.usage([]))?.paused).toMatchObject({ reason: "bounces", by: "alice" });
    await followed(the, the.post("/admin/outbound/sending/resume", { name: "sending" }));
    expect((await the.outbound.quota?.usage([]))?.paused).toBeUndefined();
  });

  it("is not paused without a reason, and what was typed is kept", async () => {
    const fields = { name: "grok", reason: " ", for: "date", untilMs: "2026-12-01T00:00" };
    const refused = await page(the.post("/admin/outbound/api/pause", fields));
    expect([refused.status, refused.error("api-0.pause.reason")]).toEqual([422, expect.stringContaining("Say why")]);
    expect(refused.field("api-0.pause.untilMs")).toBe("2026-12-01T00:00");
  });

  it("is held inbox by inbox and API by API, whatever their names", async () => {
    const id = "news/1 <a>";
    const paused = await followed(
      the,
      the.post("/admin/outbound/inbox/pause", { name: id, reason: "quiet", for: "stay" }),
    );
    expect(paused.text).toContain("Inbox paused: news-1@example.org: quiet");
    await followed(the, the.post("/admin/outbound/inbox/resume", { name: id }));
    const released = await followed(the, the.post("/admin/outbound/inbox/release", { name: id }));
    expect(released.text).not.toContain("Inbox held");
    const again = await page(the.post("/admin/outbound/inbox/release", { name: id }));
    expect([again.status, again.text]).toEqual([409, expect.stringContaining("No complaint holds this inbox")]);
    const api = await followed(
      the,
      the.post("/admin/outbound/api/pause", { name: "grok", reason: "bill", for: "24h" }),
    );
    expect(api.text).toContain("API paused: grok: bill");
    await followed(the, the.post("/admin/outbound/api/resume", { name: "grok" }));
    const open = await followed(the, the.post("/admin/outbound/api/open", { name: "grok", reason: "they are down" }));
    expect(open.text).toContain("Breaker opened by hand: grok: they are down");
    expect((await followed(the, the.post("/admin/outbound/api/close", { name: "grok" }))).text).toContain("closed");
  });

  it("has nothing to hold of what there is not", async () => {
    const none = await page(the.post("/admin/outbound/api/pause", { name: "none", reason: "x", for: "stay" }));
    expect([none.status, none.text]).toEqual([404, expect.stringContaining("There is no API of this name")]);
    expect((await the.post("/admin/outbound/api/constructor", { name: "grok" })).status).toBe(404);
  });
});
