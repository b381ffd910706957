import type { Client } from "@sluice/outbound";
import { describe, expect, test } from "vitest";
import { findSite } from "./find-site.ts";
import type { Prospect } from "./prospect.ts";

const signal = new AbortController().signal;
const link = (url: string) => `<a rel="nofollow" class="result__a" href="${url}">A title</a>`;
const counted = (url: string) => link(`//duckduckgo.com/l/?uddg=${encodeURIComponent(url)}&amp;rut=1`);

/** What is found in an answer, what the search was asked, and whether it was paused. */
async function found(body: string, { status = 200, type = "text/html", name = "Northline" } = {}) {
  const asked: string[] = [];
  let isPaused = false;
  const ask = async (path: unknown) => {
    asked.push(String(path));
    return new Response(body, { status, headers: { "Content-Type": type } });
  };
  const search = Object.assign(ask, {
    async pause() {
      isPaused = true;
    },
  }) as unknown as Client;
  const finding = findSite(search, { name } as Prospect, signal);
  return { finding: await finding.catch((error) => error), asked, isPaused };
}

describe("a site", () => {
  test.each<[what: string, page: string, site: string | undefined]>([
    [
      "behind the search's own address",
      counted("https://www.northline.example/about?x=1"),
      "https://www.northline.example",
    ],
    ["linked directly", link("http://northline.example:8080/a"), "http://northline.example:8080"],
    [
      "behind those about everybody",
      counted("https://en.wikipedia.org/wiki/N") + counted("https://de.linkedin.com/n") + counted("https://a.example"),
      "https://a.example",
    ],
    ["with its class among others", `<a href='https://a.example/' class='x result__a y'>A</a>`, "https://a.example"],
    ["that is no web address", link("javascript:alert(1)") + link("ftp://a.example"), undefined],
    ["without a name", link("http://localhost/") + link("//duckduckgo.com/y.js?ad=1"), undefined],
    ["to what is no place of the Internet", link("http://10.0.0.1/a") + link("http://printer.local/"), undefined],
    ["with a user in it, of which nothing is kept", link("https://u:p@a.example/x"), "https://a.example"],
    [
      "in links of other kinds",
      `<a class="result__snippet" href="https://a.example">a</a><p class="no-results">`,
      undefined,
    ],
    ["on a page without results", `<div class="no-results">No results.</div>`, undefined],
  ])("%s", async (_, page, site) => {
    const { finding } = await found(`<html>${page}</html>`);
    expect(finding).toEqual(site === undefined ? { emailState: "none" } : { site });
  });

  test("as a backup knows it", async () => {
    const json = { type: "application/json; charset=utf-8" };
    const results = [{ url: "https://x.com/n" }, { title: "none" }, null, { url: "https://a.example/b" }];
    expect((await found(JSON.stringify({ results }), json)).finding).toEqual({ site: "https://a.example" });
    expect((await found('{"results":[]}', json)).finding).toEqual({ emailState: "none" });
    expect((await found('{"results":"none"}', json)).finding).toMatchObject({ trouble: "answer" });
    expect((await found("{", json)).finding).toMatchObject({ trouble: "answer" });
  });

  test("is asked for without what the search takes for an instruction", async () => {
    const { asked } = await found("", { name: '!g "Al & Ed" \\x' });
    expect(new URLSearchParams(asked[0]?.split("?")[1]).get("q")).toBe("g  Al & Ed   x official website");
  });

  test.each([202, 403, 429])("is not told by status %d, which means too many", async (status) => {
    expect((await found("<html>", { status })).finding).toMatchObject({ trouble: "limit" });
  });

  test("is not told by a page that asks whether we are human, and the search is left alone", async () => {
    const { finding, isPaused } = await found(`<html><div class="anomaly-modal__title">bots use DuckDuckGo too</div>`);
    expect(finding).toMatchObject({ trouble: "limit" });
    expect(isPaused).toBe(true);
  });

  test.each([
    ["", 200, "answer"],
    ["something else", 200, "answer"],
    ["x".repeat(600_000), 200, "answer"],
    ["moved", 302, "operator"],
    ["gone", 404, "operator"],
    ["broken", 503, "service"],
  ])("is not told by %.20j with status %d", async (body, status, trouble) => {
    expect((await found(body, { status })).finding).toMatchObject({ name: "StepError", trouble });
  });

  test.each(["<a ", '<a class="result__a" ', "<a class=", `<a class="result__a" href="`, "<"])(
    "is looked for in much of %j within no time",
    async (part) => {
      const startedMs = performance.now();
      await found(part.repeat(500_000 / part.length));
      expect(performance.now() - startedMs).toBeLessThan(1_000);
    },
  );
});
