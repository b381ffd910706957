/** Pictures of every page for the documentation: `npm run screenshots` starts the app with its demo data and writes them. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runtimes } from "@sluice/node/runtimes";
import { startChild } from "@sluice/test-runtimes/targets/process-child";
import type { Browser, Page } from "playwright-core";
import { startBrowser } from "./browser.ts";
import { logIn, noProxy } from "./visitor.ts";

const folder = fileURLToPath(new URL("../../docs/images/console/", import.meta.url));
const traffic = fileURLToPath(new URL("../../apps/node/scripts/traffic.ts", import.meta.url));

/** The twenty hours of the sample in eight seconds: the charts move, and some come to their limits. */
const speed = "9000";

/** As much of a page as keeps its picture under 120 kB. */
const wide = { width: 1440, height: 900 };
const narrow = { width: 360, height: 780 };
const schemes = ["light", "dark"] as const;

interface Look {
  readonly size?: { readonly width: number; readonly height: number };
  readonly schemes?: readonly (typeof schemes)[number][];
}

const data = mkdtempSync(join(tmpdir(), "sluice-screenshots-"));
const command = runtimes.node.command({ bundle: undefined, folders: [data] });
const database = join(data, "feeds.sqlite");
const settings = { PORT: "0", DATABASE_PATH: database, TRUSTED_PROXIES: "1", RATE_LIMIT_BACKEND: "sqlite" };
const app = await startChild(command, settings, () => {});
const browser = await startBrowser();
try {
  await moved(app.url);
  mkdirSync(folder, { recursive: true });
  await administrators(await pageOf(browser), app.url);
  await members(await pageOf(browser), app.url);
} finally {
  await browser.close();
  await app.stop();
  rmSync(data, { recursive: true, force: true });
}

/** The sample of traffic, and a user who asks too often. */
async function moved(url: string): Promise<void> {
  const child = spawn(process.execPath, ["--import", "tsx", traffic, "--url", url, "--speed", speed], {
    stdio: "ignore",
  });
  await once(child, "exit");
  for (let time = 0; time < 70; time++) {
    await fetch(`${url}/api/me`, { headers: { Authorization: "Bearer demo-free", ...noProxy } });
  }
}

async function administrators(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/admin/login`);
  await taken(page, "login");
  await logIn(page, url, "demo-admin");
  await page.locator('[data-live-sign][data-state="on"]').waitFor();
  await taken(page, "overview");
  await taken(page, "overview-narrow", { size: narrow, schemes: ["light"] });
  await page.goto(`${url}/admin/plans`);
  await taken(page, "plans");
  await page.goto(`${url}/admin/plans/free`);
  await page.locator('[name="limits.api"]').fill("30");
  await page.locator("#preview .notice").waitFor();
  await taken(page, "plan");
  await page.goto(`${url}/admin/users`);
  await taken(page, "users");
  await taken(page, "users-narrow", { size: narrow, schemes: ["dark"] });
  await page.getByRole("link", { name: "goran", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "goran" }).waitFor();
  await taken(page, "user");
  for (const name of ["feeds", "outbound", "audit"]) {
    await page.goto(`${url}/admin/${name}`);
    await taken(page, name);
  }
}

async function members(page: Page, url: string): Promise<void> {
  await logIn(page, url, "demo-free", "/usage");
  await taken(page, "usage");
}

function pageOf(browser: Browser): Promise<Page> {
  return browser.newPage({ extraHTTPHeaders: noProxy, reducedMotion: "reduce", locale: "en-GB", timezoneId: "UTC" });
}

/** The page as it stands, in each scheme. */
async function taken(page: Page, name: string, look: Look = {}): Promise<void> {
  await page.setViewportSize(look.size ?? wide);
  for (const colorScheme of look.schemes ?? schemes) {
    await page.emulateMedia({ colorScheme });
    // Charts are drawn anew where their room has changed.
    await page.waitForTimeout(300);
    const picture = await page.screenshot({ type: "png" });
    const file = `${name}-${colorScheme}.png`;
    writeFileSync(join(folder, file), picture);
    console.log(`${file}: ${Math.ceil(picture.byteLength / 1_000)} kB`);
  }
  await page.setViewportSize(wide);
}
