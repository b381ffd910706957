/** What the pages promise to whoever uses them, in a real browser on the app in this process: by keyboard, without a script, under attack. */

import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browserPath, startBrowser, violations, type WatchedPage, watchedPage } from "./browser.ts";
import { type InProcess, startInProcess } from "./in-process.ts";
import { leads, logIn, places, setPlan } from "./visitor.ts";

const minuteMs = 60_000;
/** Demo users: free, and ada, of whom nothing else is asked here. */
const [free, ada] = ["5eed0000-0000-8000-8000-000000000000", "5eed0000-0000-8000-8000-000400000000"];
const elsewhere = "http://elsewhere.invalid/";
const hostile = `"><script>document.title="taken";alert(1)</script><img src="${elsewhere}" onerror=alert(2)>`;

describe.skipIf(browserPath === undefined)("the pages", () => {
  let app: InProcess;
  let browser: Browser;
  beforeAll(async () => {
    [app, browser] = await Promise.all([startInProcess(), startBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await app?.stop();
  });

  /** Somebody who has just logged in, in a browser of their own. */
  const visitor = async (token = "demo-admin", options: BrowserContextOptions = {}): Promise<WatchedPage> => {
    const watched = await watchedPage(browser, { reducedMotion: "reduce", ...options });
    await logIn(watched.page, app.url, token, token === "demo-admin" ? "/admin" : "/usage");
    return watched;
  };
  const asked = async (times: number): Promise<number[]> => {
    const statuses: number[] = [];
    for (let time = 0; time < times; time++) {
      const { status } = await fetch(`${app.url}/api/me`, { headers: { Authorization: "Bearer demo-free" } });
      statuses.push(status);
    }
    return statuses;
  };

  it("open with at most 60 kB in at most 6 requests, with nothing in the cache", async () => {
    const { page } = await visitor();
    // The page after the login follows what is decided: it would go on asking.
    await page.goto("about:blank");
    const wire = await page.context().newCDPSession(page);
    await wire.send("Network.enable");
    await wire.send("Network.clearBrowserCache");
    const sizes = new Map<string, number>();
    wire.on("Network.requestWillBeSent", ({ requestId, request }) => {
      if (!request.url.startsWith("data:")) sizes.set(requestId, 0);
    });
    wire.on("Network.dataReceived", ({ requestId, encodedDataLength }) => {
      sizes.set(requestId, (sizes.get(requestId) ?? 0) + encodedDataLength);
    });
    // With its headers, where it ends; the stream of live numbers does not.
    wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => sizes.set(requestId, encodedDataLength));
    await page.goto(`${app.url}/admin`);
    await page.locator('[data-live-sign][data-state="on"]').waitFor();
    const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    console.info(`the first page: ${(bytes / 1_000).toFixed(1)} kB in ${sizes.size} requests`);
    expect(sizes.size).toBeGreaterThanOrEqual(5);
    expect(sizes.size).toBeLessThanOrEqual(6);
    expect(bytes).toBeGreaterThan(20_000);
    expect(bytes).toBeLessThanOrEqual(60_000);
    const feeds = await (await page.request.get(`${app.url}/admin/feeds`)).body();
    expect(feeds.length, "the page with the most rows").toBeLessThanOrEqual(40_000);
    await page.context().close();
  });

  it("grant a number until an instant, which its user sees as custom; then the plan's holds again", async () => {
    const [{ page }, { page: own }] = [await visitor(), await visitor("demo-free")];
    await page.goto(`${app.url}/admin/users/${free}`);
    const limit = page.locator(".card", { has: page.getByRole("heading", { name: "API requests", exact: true }) });
    await limit.locator("summary").click();
    await limit.locator('[name="units"]').fill("2");
    await limit.locator('[name="note"]').fill("until the import is done");
    await limit.locator('[name="expiresAtMs"]').fill(new Date(app.now() + 60 * minuteMs).toISOString().slice(0, 16));
    await leads(page, () => limit.getByRole("button", { name: "Grant" }).click());
    expect(await asked(3)).toEqual([200, 200, 429]);
    await own.goto(`${app.url}/usage`);
    const card = own.locator(".card", { has: own.getByRole("heading", { name: "API requests" }) });
    expect(await card.textContent()).toMatch(/2 requests per minute\s+custom\s+until/);
    expect(await own.locator("main").textContent()).not.toContain("until the import is done");
    expect(await violations(own)).toEqual([]);
    app.pass(61 * minuteMs);
    expect(await asked(3)).toEqual([200, 200, 200]);
    await own.reload();
    expect(await card.textContent()).toContain("60 requests per minute");
    expect(await card.textContent()).not.toContain("custom");
    await page.reload();
    expect(await limit.textContent()).toContain("has expired");
    await Promise.all([page.context().close(), own.context().close()]);
  });

  it("go on live by asking, where the stream is refused", async () => {
    const { page } = await visitor();
    await page.route("**/admin/live", (route) => route.fulfill({ status: 503, body: "" }));
    const polled = page.waitForResponse((answer) => new URL(answer.url()).pathname === "/admin/api/live");
    await page.goto(`${app.url}/admin`);
    expect((await polled).status()).toBe(200);
    await page.locator('[data-live-sign][data-state="on"]').waitFor();
    await page.context().close();
  });

  it("turn dark by their button, and stay so", async () => {
    const { page, complaints } = await visitor("demo-admin", { colorScheme: "light" });
    const ground = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.getByRole("button", { name: "Use the dark theme" }).click();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.goto(`${app.url}/admin/plans`);
    expect(await ground()).toBe(dark);
    await page.getByRole("button", { name: "Use the light theme" }).click();
    expect(await ground()).toBe(light);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("ask before they act, and Escape changes nothing", async () => {
    const { page } = await visitor();
    await page.goto(`${app.url}/admin/users/${ada}`);
    await page.locator('[name="plan"]').selectOption("pro");
    const sent: string[] = [];
    page.on("request", (request) => sent.push(request.method()));
    const button = page.getByRole("button", { name: "Change plan" });
    await button.click();
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(sent).not.toContain("POST");
    await page.reload();
    expect(await page.locator('[name="plan"]').inputValue()).toBe("free");
    await page.context().close();
  });

  it("need no mouse: from the login to a plan that is saved", async () => {
    const { page } = await watchedPage(browser, { reducedMotion: "reduce" });
    const { keyboard } = page;
    /** By Tab to what is chosen so; fails where it cannot be come to. */
    const tabTo = async (selector: string): Promise<void> => {
      for (let step = 0; step < 40; step++) {
        await keyboard.press("Tab");
        if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
      }
      expect.unreachable(`${selector} is not come to by Tab`);
    };
    await page.goto(`${app.url}/admin/plans`);
    await tabTo('[name="token"]');
    await keyboard.type("demo-admin");
    await leads(page, () => keyboard.press("Enter"));
    await tabTo('a[href="/admin/plans"]');
    await leads(page, () => keyboard.press("Enter"));
    await tabTo('a[href="/admin/plans/enterprise"]');
    await leads(page, () => keyboard.press("Enter"));
    await tabTo('[name="limits.api"]');
    await keyboard.press("Control+A");
    await keyboard.type("601");
    await leads(page, () => keyboard.press("Enter"));
    await page.goto(`${app.url}/admin/plans/enterprise`);
    expect(await page.locator('[name="limits.api"]').inputValue()).toBe("601");
    await page.context().close();
  });

  it("need no script: a plan is previewed and saved without one", async () => {
    const { page } = await visitor("demo-admin", { javaScriptEnabled: false });
    await page.goto(`${app.url}/admin/plans/pro`);
    await page.locator('[name="limits.publicFeed"]').fill("5");
    await leads(page, () => page.getByRole("button", { name: /Preview/ }).click());
    expect(await page.locator("#preview").textContent()).toContain("Nothing is saved");
    await setPlan(page, app.url, "pro", "api", 181);
    expect(await page.locator(".notice").first().textContent()).toMatch(/saved|changed/i);
    await page.goto(`${app.url}/admin/plans/pro`);
    expect(await page.locator('[name="limits.api"]').inputValue()).toBe("181");
    await page.context().close();
  });

  it("have nothing that axe finds, where nobody is signed in, nothing is, and one user is shown", async () => {
    const { page } = await watchedPage(browser, { reducedMotion: "reduce" });
    const looked = async (path: string, heading: string): Promise<void> => {
      await page.goto(`${app.url}${path}`);
      expect(await page.locator("h1").textContent(), path).toBe(heading);
      for (const [width, colorScheme] of [
        [1440, "light"],
        [360, "dark"],
      ] as const) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        for (const summary of await page.locator("main summary").all()) await summary.click();
        expect(await violations(page), `${path} at ${width} px, ${colorScheme}`).toEqual([]);
        expect(await widerBy(page), `${path} at ${width} px`).toBeLessThanOrEqual(0);
      }
    };
    await looked("/admin/login", "Log in");
    await looked("/usage/login", "Log in");
    await logIn(page, app.url, "demo-admin");
    await looked(`/admin/users/${free}`, "free");
    await looked("/admin/users/nobody", "Not found");
    await looked("/admin/no-such-page", "Not found");
    await looked("/admin/outbound", "Not found");
    await page.context().close();
  });

  it("keep what strangers send as text, on every page", async () => {
    app.sqlite.prepare("update users set username = ? where id = ?").run(hostile, ada);
    app.sqlite.prepare("update feeds set title = ? where owner_id = ?").run(hostile, free);
    const [feed] = app.sqlite.prepare("select slug from feeds where owner_id = ?").all(free) as { slug: string }[];
    const read = await fetch(`${app.url}/public/free/${feed?.slug}`, { headers: { "User-Agent": hostile } });
    expect(read.status).toBe(200);
    const { page } = await visitor();
    const strange: string[] = [];
    page.on("dialog", (dialog) => {
      strange.push(dialog.message());
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (new URL(request.url()).origin !== app.url && !request.url().startsWith("data:")) strange.push(request.url());
    });
    await page.goto(`${app.url}/admin/users/${ada}`);
    await page.locator("summary", { hasText: "Block until" }).click();
    await page.locator("form", { hasText: "Why" }).first().locator('[name="note"]').fill(hostile);
    await page.getByRole("button", { name: "Block", exact: true }).click();
    await leads(page, () => page.getByRole("dialog").getByRole("button", { name: "Block" }).click());
    let shown = 0;
    for (const place of [
      ...places.filter((at) => at !== "/outbound").map((at) => `/admin${at}`),
      `/admin/users/${ada}`,
      `/admin/users/${free}`,
    ]) {
      await page.goto(`${app.url}${place}`);
      const text = (await page.locator("body").textContent()) ?? "";
      if (text.includes(hostile.slice(0, 20))) shown++;
      expect(await page.title(), place).toMatch(/ · Sluice$/);
      expect(await page.locator(`main :is(script:not([type="application/json"]), img)`).count(), place).toBe(0);
      expect(await widerBy(page), place).toBeLessThanOrEqual(0);
    }
    // Users, feeds, the audit log and both users have some of it.
    expect(shown).toBeGreaterThanOrEqual(4);
    expect(strange).toEqual([]);
    await page.context().close();
  });
});

function widerBy(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}
