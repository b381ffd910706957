/** The overview of an app that has decided nothing yet: it becomes the page of numbers by itself. */

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browserPath, startBrowser, watchedPage } from "./browser.ts";
import { type InProcess, startInProcess } from "./in-process.ts";
import { logIn } from "./visitor.ts";

describe.skipIf(browserPath === undefined)("an overview without decisions", () => {
  let app: InProcess;
  let browser: Browser;
  beforeAll(async () => {
    [app, browser] = await Promise.all([startInProcess(), startBrowser()]);
    app.sqlite.exec("delete from sluice_decision_minutes");
  });
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });

  it("waits for the first, and shows it", async () => {
    const { page, complaints } = await watchedPage(browser, { reducedMotion: "reduce" });
    await logIn(page, app.url, "demo-admin", "/admin");
    const sign = page.locator("[data-live-first]");
    await expect.poll(() => sign.textContent(), { timeout: 10_000 }).toBe("Waiting for the first decision");
    await fetch(`${app.url}/api/me`, { headers: { Authorization: "Bearer demo-free" } });
    await page.getByRole("heading", { name: "By limiter" }).waitFor({ timeout: 15_000 });
    expect(await sign.count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
