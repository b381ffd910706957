import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { dockerTargets } from "./targets/docker.ts";
import { visits } from "./tour/requests.ts";

const main = fileURLToPath(new URL("tour/main.ts", import.meta.url));
const targets = ["node", "workers", ...(dockerTargets.every(({ missing }) => missing) ? [] : ["docker"])];

test("the tour has every visitor answered by every target, and leaves nothing behind", async () => {
  const child = spawn(process.execPath, ["--import", "tsx", main], { stdio: ["ignore", "pipe", "inherit"] });
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  expect(code, said).toBe(0);

  const rows = said.split("\n").filter((line) => line.includes(", scope "));
  expect(rows.map((row) => row.slice(22).match(/\b(node|workers|docker) /)?.[1])).toEqual(
    visits.flatMap(() => targets),
  );
  for (const target of targets) {
    const answered = rows.filter((row) => new RegExp(`\\b${target} `).test(row)).map(statuses);
    expect(answered.map((counts) => counts.reduce((sum, [count]) => sum + count, 0))).toEqual([62, 5, 18, 5]);
    const [free = [], pro, feed, polite] = answered.map((counts) => counts.map(([, status]) => status));
    // Two fit again where the machine is slow.
    expect(free[0]).toBe(200);
    expect([pro, feed, polite]).toEqual([[200], [200, 429], [200, 304]]);
  }

  const urls = [...said.matchAll(/serves on (\S+)/g)].map(([, url]) => url ?? "");
  expect(urls.length).toBe(targets.length);
  for (const url of urls) await expect(fetch(url)).rejects.toThrow("fetch failed");
}, 120_000);

/** How many of which status, as a row tells. */
function statuses(row: string): [number, number][] {
  return [...row.matchAll(/(\d+) × (\d{3})/g)].map(([, count, status]) => [Number(count), Number(status)]);
}
