/** An administrator at a browser, as tests say it: logs in, opens pages, fills forms. */

import type { Page } from "playwright-core";

/** The pages of the console, by their places under its mount. */
export const places = ["", "/plans", "/plans/free", "/users", "/feeds", "/outbound", "/audit"] as const;

/** What a proxy would say of a visitor of this machine, for an app that trusts one. */
export const noProxy: Readonly<Record<string, string>> = { "X-Forwarded-For": "127.0.0.1" };

/** Does what leads to another page, and waits until that one is there: the page before has been loaded already. */
export async function leads(page: Page, act: () => Promise<void>): Promise<void> {
  await Promise.all([page.waitForEvent("load"), act()]);
}

/** Logs in with a token; ends on the page behind where that was right. */
export async function logIn(page: Page, url: string, token: string, mount = "/admin"): Promise<void> {
  await page.goto(`${url}${mount}/login`);
  await page.locator('[name="token"]').fill(token);
  await leads(page, () => page.locator('main button[type="submit"]').click());
}

/** Sets a plan's number for one limit and saves it. */
export async function setPlan(page: Page, url: string, plan: string, limit: string, units: number): Promise<void> {
  await page.goto(`${url}/admin/plans/${plan}`);
  await page.locator(`[name="limits.${limit}"]`).fill(String(units));
  await leads(page, () => page.getByRole("button", { name: "Save" }).click());
}
