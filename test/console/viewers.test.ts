/** What the pages are to whoever looks at them for a while, from another zone, or on a narrow screen. */

import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browserPath, startBrowser, watchedPage } from "./browser.ts";
import { type InProcess, startInProcess } from "./in-process.ts";
import { leads, logIn, setPlan } from "./visitor.ts";

const free = "5eed0000-0000-8000-8000-000000000000";

describe.skipIf(browserPath === undefined)("the pages, to their viewers", () => {
  let app: InProcess;
  let browser: Browser;
  beforeAll(async () => {
    [app, browser] = await Promise.all([startInProcess(), startBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });

  const visitor = async (token: string, options: BrowserContextOptions = {}): Promise<Page> => {
    const { page } = await watchedPage(browser, { reducedMotion: "reduce", ...options });
    await logIn(page, app.url, token, token === "demo-admin" ? "/admin" : "/usage");
    return page;
  };

  it("keep their gauges as they are now, for the administrator and the user", async () => {
    const [page, own] = await Promise.all([visitor("demo-admin"), visitor("demo-free")]);
    await page.goto(`${app.url}/admin/users/${free}`);
    const gauges = [page, own].map((one) => one.locator('[data-fresh="api"] .gauge-numbers'));
    for (const gauge of gauges) expect(await gauge.textContent()).toBe("0 of 60");
    for (let time = 0; time < 40; time++) {
      await fetch(`${app.url}/api/me`, { headers: { Authorization: "Bearer demo-free" } });
    }
    for (const gauge of gauges) {
      await expect.poll(() => gauge.textContent(), { timeout: 15_000 }).toMatch(/^(2\d|3\d|40)(\.\d+)? of 60$/);
    }
    await Promise.all([page, own].map((one) => one.context().close()));
  });

  it("take instants in the viewer's zone, as they show them", async () => {
    // Five and three quarters of an hour ahead, all year.
    const page = await visitor("demo-admin", { timezoneId: "Asia/Kathmandu", locale: "en-GB" });
    await page.goto(`${app.url}/admin/users/${free}`);
    const limit = page.locator(".card", { has: page.getByRole("heading", { name: "API requests", exact: true }) });
    await limit.locator("summary").click();
    await limit.locator('[name="units"]').fill("70");
    await limit.locator('[name="note"]').fill("until the fair is over");
    await limit.getByLabel("Expires (your time)").fill("2099-06-30T18:00");
    await leads(page, () => limit.getByRole("button", { name: "Grant" }).click());
    const kept = app.sqlite.prepare("select expires_at_ms from sluice_overrides where user_id = ?").get(free);
    expect(kept).toEqual({ expires_at_ms: Date.UTC(2099, 5, 30, 12, 15) });
    expect(await limit.textContent()).toContain("30 Jun 2099, 18:00");
    await limit.locator("details:not(.cut) > summary").click();
    expect(await limit.locator('[name="expiresAtMs"]').inputValue()).toBe("2099-06-30T18:00");
    await page.context().close();
  });

  it("show on a narrow screen where one is, and the way to every page", async () => {
    const page = await visitor("demo-admin", { viewport: { width: 360, height: 780 } });
    await page.goto(`${app.url}/admin/audit`);
    for (const link of await page.locator(".places a").all()) {
      const box = await link.boundingBox();
      expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 0) <= 360, (await link.textContent()) ?? "").toBe(
        true,
      );
    }
    await page.goto(`${app.url}/admin/plans`);
    // A label and its number stand apart.
    const wide = await page
      .locator(".cards td")
      .evaluateAll((cells) => cells.filter((cell) => cell.scrollWidth > cell.clientWidth).length);
    expect(wide).toBe(0);
    await page.context().close();
  });

  it("break no name in two while there is room for it", async () => {
    const page = await visitor("demo-admin", { viewport: { width: 1440, height: 900 } });
    await setPlan(page, app.url, "pro", "api", 181);
    for (const [path, words] of [
      ["/audit", "tbody td:nth-child(2) bdi"],
      ["/feeds", ".log tbody td:nth-child(4) a"],
    ]) {
      await page.goto(`${app.url}/admin${path}`);
      const lines = await page
        .locator(words ?? "")
        .evaluateAll((found) => found.map((one) => one.getClientRects().length));
      expect(lines.length, path).toBeGreaterThan(0);
      expect(Math.max(...lines), path).toBe(1);
    }
    await page.context().close();
  });
});
