/** The pages' files: as new as what they are made of, small, and kept by browsers for ever. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { bundle } from "../../scripts/assets.ts";
import { assets as all, assetPath } from "./assets.ts";
import { acceptsGzip, assets } from "./serve.ts";

const files = Object.values(all);

function ask(file: string, headers: Record<string, string> = {}): Promise<Response> {
  return Promise.resolve(assets().request(`/${file}`, { headers }));
}

describe("bundled files", () => {
  it("are made of what the sources say now: run `npm run assets` in packages/console", async () => {
    for (const { path, text } of await bundle()) expect(readFileSync(path, "utf8"), path).toBe(text);
  });

  it("are small: the script without uPlot is under 12 kB", () => {
    expect(all.script.text.length).toBeLessThan(12_000);
    expect(all.style.text.length).toBeLessThan(20_000);
  });

  it("keep uPlot's licence line", () => {
    expect(all.charts.text).toMatch(/^\/\*! https:\/\/github\.com\/leeoniya\/uPlot/);
  });
});

describe("serving them", () => {
  it.each(files)("sends $file as it is, to be kept for ever", async ({ file, text, type }) => {
    const answer = await ask(file);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Content-Type")).toBe(type);
    expect(answer.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
    expect(answer.headers.get("Content-Encoding")).toBeNull();
    expect(await answer.text()).toBe(text);
  });

  it.each(files)("sends $file compressed to whoever accepts that, twice the same", async ({ file, text }) => {
    for (const _ of [1, 2]) {
      const answer = await ask(file, { "Accept-Encoding": "br, gzip;q=0.8" });
      expect(answer.headers.get("Content-Encoding")).toBe("gzip");
      expect(answer.headers.get("Vary")).toBe("Accept-Encoding");
      const bytes = Buffer.from(await answer.arrayBuffer());
      expect(answer.headers.get("Content-Length")).toBe(String(bytes.length));
      expect(gunzipSync(bytes).toString()).toBe(text);
    }
  });

  it("sends nothing to whoever has it", async () => {
    const etag = (await ask(all.style.file)).headers.get("ETag") ?? "";
    const answer = await ask(all.style.file, { "If-None-Match": `"other", ${etag}` });
    expect(answer.status).toBe(304);
    expect(await answer.text()).toBe("");
  });

  it("has no other files, and lets nobody keep that answer", async () => {
    const answer = await ask("style.0000000000.css");
    expect(answer.status).toBe(404);
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
  });

  it("is found where pages say", () => {
    expect(assetPath("/admin", "style")).toMatch(/^\/admin\/assets\/style\.[0-9a-f]{10}\.css$/);
  });
});

describe("acceptsGzip", () => {
  it.each([
    ["gzip", true],
    ["br, GZIP ; q=0.5", true],
    ["*", true],
    ["gzip;q=0, *", false],
    ["identity", false],
    [undefined, false],
  ])("%s: %s", (header, expected) => {
    expect(acceptsGzip(header)).toBe(expected);
  });
});
