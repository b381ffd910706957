/** A real browser for tests: the Chromium of this machine, pages that tell what went wrong in them, and axe. */

import { accessSync, constants, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** How long a page may take for what a test waits for. */
const patienceMs = 15_000;

/** As scripts/services.mjs looks for it. */
const programs = ["chromium", "chromium-browser", "google-chrome"];

/** The path of the browser; undefined where there is none, which in CI is a failure. */
export const browserPath: string | undefined = found();

function found(): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const program of programs) {
      try {
        accessSync(join(folder, program), constants.X_OK);
        return join(folder, program);
      } catch {}
    }
  }
  const missing = "Chromium is missing: apt-get install chromium";
  if (process.env["CI"] === "true") throw new Error(missing);
  console.warn(`What needs it is skipped: ${missing}`);
  return undefined;
}

export async function startBrowser(): Promise<Browser> {
  // Root has no sandbox to go into; the pages are our own.
  return await chromium.launch({ executablePath: browserPath ?? "chromium", args: ["--no-sandbox"] });
}

/** A page, and everything it complained of: errors of its script, violations of its policy, answers of 400 and more. */
export interface WatchedPage {
  readonly page: Page;
  readonly complaints: string[];
}

export async function watchedPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`console: ${message.text()}`);
  });
  return { page, complaints };
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong with a page, a line each; nothing is left out. */
export async function violations(page: Page): Promise<string[]> {
  // Not as a script element, which the page's policy would refuse, as it should.
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.map(({ html, failureSummary }) => [html, failureSummary]),
    }));
  });
  return found.flatMap(({ id, nodes }) => nodes.map(([html, why]) => `${id}: ${html} — ${why}`));
}
