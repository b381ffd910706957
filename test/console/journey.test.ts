/** An administrator's day in a real browser, on Node and inside workerd: what is done on the pages is obeyed by the next request. */

import { accountsOf } from "@sluice/test-runtimes/accounts";
import type { Answer, Instance, Running, Target } from "@sluice/test-runtimes/target";
import { nodeTargets } from "@sluice/test-runtimes/targets/node";
import { workersTargets } from "@sluice/test-runtimes/targets/workers";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { browserPath, startBrowser, violations, watchedPage } from "./browser.ts";
import { leads, logIn, places, setPlan } from "./visitor.ts";

const hostile = `<script>document.title="taken"</script><img src=x onerror=alert(1)>`;

/** How a page is to open: where the quotas of users and feed owners are counted. */
const asked: readonly (readonly [string, Target | undefined])[] = [
  ["on, sqlite, machine, exact", nodeTargets.find(({ backend }) => backend === "sqlite")],
  ["on, durable-object, global, exact", workersTargets.find(({ backend }) => backend === "durable-object")],
];
const targets = asked.flatMap(([line, target]) => (target ? [{ ...target, line }] : []));

describe.skipIf(browserPath === undefined).each(targets)("the console on $name · $backend", (target) => {
  let running: Running;
  let instance: Instance;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let url: string;
  const next = accountsOf();
  let client = 100;

  beforeAll(async () => {
    [running, browser] = await Promise.all([target.boot(), startBrowser()]);
    [instance] = running.instances as [Instance];
    // Without a slash at its end, wherever the target puts one.
    url = new URL(instance.url).origin;
    ({ page, complaints } = await watchedPage(browser, { reducedMotion: "reduce" }));
  });
  afterAll(async () => {
    await browser?.close();
    await running?.stop();
  });

  /** As many answers of a user to as many requests, from an address that nobody else has. */
  const spend = async (token: string, times: number): Promise<Answer[]> => {
    const answers: Answer[] = [];
    const own = client++;
    for (let time = 0; time < times; time++) {
      const headers = { Authorization: `Bearer ${token}` };
      answers.push(await instance.send({ path: "/api/me", headers, client: own }));
    }
    return answers;
  };

  it("lets nobody in without a token that is right, and says why", async () => {
    await page.goto(`${url}/admin/plans`);
    expect(new URL(page.url()).pathname).toBe("/admin/login");
    await logIn(page, url, "no-such-token");
    expect(await page.locator(".error").textContent()).toMatch(/token/i);
    await logIn(page, url, "demo-free");
    expect(new URL(page.url()).pathname).toBe("/admin/login");
    complaints.length = 0;
    await logIn(page, url, "demo-admin");
    expect(await page.locator("h1").textContent()).toBe("Overview");
  });

  it("opens every page with how the limits stand, and axe finds nothing wrong, wide and narrow, light and dark", async () => {
    for (const place of places) {
      await page.goto(`${url}/admin${place}`);
      const status = await page.locator(".status").first().textContent();
      expect(status, place).toContain(`Rate limiting: ${target.line}`);
      for (const [width, colorScheme] of [
        [1440, "light"],
        [360, "dark"],
      ] as const) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        expect(await violations(page), `${place} at ${width} px, ${colorScheme}`).toEqual([]);
        const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(beyond, `${place} at ${width} px is wider than the screen`).toBeLessThanOrEqual(0);
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.emulateMedia({ colorScheme: "light" });
    expect(complaints).toEqual([]);
  });

  it("has a plan obeyed by the very next request, and what was spent stays spent", async () => {
    const user = next("free");
    const spent = await spend(user.token, 5);
    expect(spent.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    await setPlan(page, url, "free", "api", 5);
    expect(await page.locator(".notice").first().textContent()).toMatch(/saved|changed/i);
    const [refused] = await spend(user.token, 1);
    expect(refused?.status).toBe(429);
    await setPlan(page, url, "free", "api", 60);
    const [again] = await spend(user.token, 1);
    expect(again?.status).toBe(200);
    // Five were spent before, and one now; what drained meanwhile is a unit a second, and pages take some.
    const left = Number(/"api";r=(\d+)/.exec(again?.headers["ratelimit"] ?? "")?.[1]);
    expect(left).toBeGreaterThanOrEqual(54);
    expect(left).toBeLessThanOrEqual(59);
  });

  it("tells before saving what a number would have denied, and changes nothing by it", async () => {
    await page.goto(`${url}/admin/plans/free`);
    await page.locator('[name="limits.api"]').fill("1");
    await page.getByRole("button", { name: /Preview the last 24 h/ }).click();
    await page.locator("#preview .notice").waitFor();
    await page.goto(`${url}/admin/plans/free`);
    expect(await page.locator('[name="limits.api"]').inputValue()).toBe("60");
  });

  it("tells the second of two administrators that somebody was faster", async () => {
    const other = await page.context().newPage();
    await page.goto(`${url}/admin/plans/pro`);
    await other.goto(`${url}/admin/plans/pro`);
    await page.locator('[name="features"]').fill("Ten feeds");
    await leads(page, () => page.getByRole("button", { name: "Save" }).click());
    await other.locator('[name="limits.api"]').fill("7");
    await leads(other, () => other.getByRole("button", { name: "Save" }).click());
    expect(await other.locator("main").textContent()).toContain("Somebody else has changed this plan");
    expect(await other.locator('[name="limits.api"]').inputValue()).toBe("7");
    await other.close();
    await page.goto(`${url}/admin/plans/pro`);
    expect(await page.locator('[name="limits.api"]').inputValue()).toBe("180");
  });

  it("grants an override, which holds at once, and takes it back", async () => {
    const user = next("free");
    await page.goto(`${url}/admin/users/${user.id}`);
    const limit = page.locator(".card", { has: page.getByRole("heading", { name: "API requests", exact: true }) });
    await limit.locator("summary").click();
    await limit.locator('[name="units"]').fill("2");
    await limit.locator('[name="note"]').fill(hostile);
    await leads(page, () => limit.getByRole("button", { name: "Grant" }).click());
    // What was typed stays text: the title is the page's own.
    expect(await page.title()).toContain(user.username);
    expect(await page.locator("main").textContent()).toContain(hostile);
    expect((await spend(user.token, 3)).map(({ status }) => status)).toEqual([200, 200, 429]);
    await page.reload();
    await page.getByRole("button", { name: /Remove the override of API requests/ }).click();
    await leads(page, () => page.getByRole("dialog").getByRole("button", { name: "Remove" }).click());
    const [again] = await spend(user.token, 1);
    expect(again?.status).toBe(200);
  });

  it("shows a denial while one looks", async () => {
    const user = next("free");
    await spend(user.token, 1);
    const signs = async (): Promise<number> => {
      await page.goto(`${url}/admin`);
      return await page.locator("[data-live-sign]").count();
    };
    // Until the first decision is written there is nothing to follow.
    await expect.poll(signs, { timeout: 10_000, interval: 500 }).toBe(1);
    await page.locator('[data-live-sign][data-state="on"]').waitFor();
    const denied = page.locator('.stat-value[data-live="denied"]');
    await expect.poll(async () => Number(await denied.textContent()), { timeout: 10_000 }).toBe(0);
    await spend(user.token, 75);
    const isMoving = async (): Promise<boolean> => Number(await denied.textContent()) > 0;
    await expect.poll(isMoving, { timeout: 15_000, interval: 250 }).toBe(true);
    const most = page.locator(".card", { has: page.getByRole("heading", { name: "Denied most" }) });
    const mostNow = async (): Promise<string | null> => {
      await page.reload();
      return await most.textContent();
    };
    // What moved first may have been a denial from before.
    await expect.poll(mostNow, { timeout: 10_000, interval: 500 }).toContain(user.username);
  });

  it("logs who reads a feed, and narrows the log to one user agent without saying it in the address", async () => {
    const user = next("free");
    const reader = `Reader/1.0 ${hostile}`;
    await instance.send({ path: user.feed, headers: { "User-Agent": reader }, client: 90 });
    await instance.send({ path: user.feed, headers: { "User-Agent": "Other/2.0" }, client: 91 });
    const row = page.locator("tr", { hasText: "Reader/1.0" }).first();
    const isThere = async (): Promise<number> => {
      await page.goto(`${url}/admin/feeds?owner=${user.id}`);
      return await row.count();
    };
    await expect.poll(isThere, { timeout: 10_000, interval: 500 }).toBe(1);
    await leads(page, () => row.getByRole("link", { name: "only this user agent" }).click());
    expect(page.url()).not.toMatch(/Reader|198\.18|127\.1/);
    const text = await page.locator("main").textContent();
    expect(text).toContain("Reader/1.0");
    expect(text).not.toContain("Other/2.0");
    expect(await page.title()).not.toBe("taken");
  });

  it("pauses all sending with a reason, and lets it go on", async () => {
    await page.goto(`${url}/admin/outbound`);
    const mail = page.locator(".card", { has: page.getByRole("heading", { name: "Mail", exact: true }) });
    await mail.locator("summary").click();
    await mail.locator('[name="reason"]').fill("bounces of 8 %");
    await mail.getByRole("button", { name: /Pause/ }).click();
    const dialog = page.getByRole("dialog");
    if ((await dialog.count()) > 0) await dialog.getByRole("button", { name: /Pause/ }).click();
    await page.getByText("bounces of 8 %").first().waitFor();
    await page
      .getByRole("button", { name: /Resume/ })
      .first()
      .click();
    if ((await dialog.count()) > 0) await dialog.getByRole("button", { name: /Resume/ }).click();
    await expect.poll(async () => await mail.locator('[name="reason"]').count(), { timeout: 10_000 }).toBe(1);
    await page.goto(`${url}/admin/audit`);
    const log = await page.locator("main").textContent();
    for (const word of ["bounces of 8 %", "admin"]) expect(log).toContain(word);
  });

  it("logs out, and the way back is the login", async () => {
    await page.goto(`${url}/admin`);
    await leads(page, () => page.getByRole("button", { name: "Log out" }).click());
    await page.goto(`${url}/admin/users`);
    expect(new URL(page.url()).pathname).toBe("/admin/login");
    expect(complaints.filter((line) => !/status of 4\d\d/.test(line))).toEqual([]);
  });
});
