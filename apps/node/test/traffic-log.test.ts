import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LoggedRequest, readLine, readLog } from "../scripts/traffic/access-log.ts";
import { limitsIn, metBy } from "../scripts/traffic/answer.ts";
import { readOptions } from "../scripts/traffic/options.ts";
import { readerOf } from "../scripts/traffic/reader.ts";
import { isFeed, routeOf } from "../scripts/traffic/route.ts";
import { sample } from "../scripts/traffic/sample.ts";
import { lengthMs, schedule } from "../scripts/traffic/schedule.ts";

const hour = Date.UTC(2015, 4, 17, 10);
const hourInMs = 3_600_000;
const whole = `192.0.2.7 - - [17/May/2015:10:05:03 +0000] "GET /a?b=c HTTP/1.1" 200 123 "-" "Browser/1 (X; Y)"`;

function request(changes: Partial<LoggedRequest> = {}): LoggedRequest {
  return { line: 1, address: "192.0.2.7", hourMs: hour, method: "GET", path: "/", status: 200, agent: "", ...changes };
}

describe("an access log", () => {
  test.each<[title: string, line: string, expected: Partial<LoggedRequest>]>([
    ["a whole line", whole, { hourMs: hour, method: "GET", path: "/a?b=c", status: 200, agent: "Browser/1 (X; Y)" }],
    ["no size and no agent", whole.replace("123", "-").replace("Browser/1 (X; Y)", "-"), { agent: "" }],
    ["an agent with quotes", whole.replace("Browser", String.raw`\"B\\\x41`), { agent: '"B\\A/1 (X; Y)' }],
    ["a user with blanks", whole.replace("- -", "- Ann B"), { address: "192.0.2.7" }],
    ["IPv6", whole.replace("192.0.2.7", "2001:db8::7"), { address: "2001:db8::7" }],
    ["a zone to the east", whole.replace("+0000", "+0200"), { hourMs: hour - 2 * hourInMs }],
    ["a zone to the west", whole.replace("+0000", "-0330"), { hourMs: hour + 3 * hourInMs }],
    ["a line break of Windows", `${whole}\r`, { status: 200 }],
  ])("is read: %s", (_, line, expected) => {
    expect(readLine(line, 1)).toMatchObject(expected);
  });

  test.each<[reason: string, line: string]>([
    ["not in the Combined Log Format", "nonsense"],
    ["not in the Combined Log Format", whole.slice(0, -1)],
    ["not in the Combined Log Format", whole.replace(" 200 ", " ok ")],
    ["no address", whole.replace("192.0.2.7", "example.org")],
    ["no address", whole.replace("192.0.2.7", "192.0.2.700")],
    ["no instant", whole.replace("17/May", "17/Mai")],
    ["no instant", whole.replace("17/May", "31/Feb")],
    ["no instant", whole.replace(":10:", ":24:")],
    ["no request", whole.replace("GET", "PROPFIND")],
    ["no request", whole.replace("GET /a?b=c HTTP/1.1", "-")],
    ["no request", whole.replace("GET /a?b=c", "CONNECT a:443")],
    ["no request", whole.replace("/a?b=c", "http://elsewhere/")],
  ])("names a malformed line: %s", (reason, line) => {
    expect(readLine(line, 1)).toBe(reason);
  });

  test("keeps the numbers of its lines, and passes over blank ones", () => {
    const { requests, malformed } = readLog([whole, "", "?", whole, ""].join("\n"));
    expect(requests.map(({ line }) => line)).toEqual([1, 4]);
    expect(malformed).toEqual([{ line: 3, reason: "not in the Combined Log Format" }]);
  });

  test("never throws, whatever is in it", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => readLog(`${text}\n${whole}${text}`) !== undefined));
  });
});

describe("a schedule", () => {
  test("goes by the hour, evenly within it, in the order of the log", () => {
    const hours = [1, 0, 83, 0, 0, 1, 0].map((n, index) => request({ line: index, hourMs: hour + n * hourInMs }));
    const scheduled = schedule(hours);
    expect(scheduled.map(({ request: { line }, afterMs }) => [line, afterMs / hourInMs])).toEqual([
      [1, 0],
      [3, 0.25],
      [4, 0.5],
      [6, 0.75],
      [0, 1],
      [5, 1.5],
      [2, 83],
    ]);
    expect(lengthMs(scheduled)).toBe(84 * hourInMs);
    expect([schedule([]), lengthMs([])]).toEqual([[], 0]);
  });

  test("of the sample is sorted, and lasts twenty hours", () => {
    const scheduled = schedule(sample());
    const times = scheduled.map(({ afterMs }) => afterMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(lengthMs(scheduled)).toBe(20 * hourInMs);
  });
});

describe("the sample", () => {
  test("is the same every time, and another with another seed", () => {
    expect(sample()).toEqual(sample());
    expect(sample(2)).not.toEqual(sample());
  });

  test("has a few thousand requests, few addresses with many, readers and bursts", () => {
    const requests = sample();
    expect(requests.length).toBeGreaterThan(2_500);
    const counts = [...Map.groupBy(requests, ({ address }) => address).values()].map(({ length }) => length);
    expect(counts.length).toBeGreaterThan(300);
    expect(Math.max(...counts)).toBeGreaterThan(150);
    expect(requests.filter(({ agent }) => readerOf(agent) !== undefined).length).toBeGreaterThan(400);
  });
});

describe("feed readers", () => {
  test.each<[agent: string, expected: string | undefined]>([
    ["UniversalFeedParser/4.2-pre-314-svn +http://feedparser.org/", "UniversalFeedParser"],
    ["Tiny Tiny RSS/1.11 (http://tt-rss.org/)", "Tiny Tiny RSS"],
    ["FeedBurner/1.0 (http://www.FeedBurner.com)", "FeedBurner"],
    ["Feedbin - 1 subscribers", "Feedbin"],
    ["Feedbin feed-id:1373711 - 12 subscribers", "Feedbin"],
    ["Feedfetcher-Google; (+http://www.google.com/feedfetcher.html; 22 subscribers)", "Feedfetcher-Google"],
    ["Digg Feed Fetcher 1.0 (Mozilla/5.0 (Macintosh; Intel Mac OS X 10_7_1))", "Digg Feed Fetcher"],
    ["LiveJournal.com (webmaster@livejournal.com; 1 readers)", "LiveJournal.com"],
    ["Liferea/1.8.3 (Linux; en_GB.UTF-8; http://liferea.sf.net/)", "Liferea"],
    ["Mozilla/5.0 (compatible; theoldreader.com; 2 subscribers)", "theoldreader"],
    ["Mozilla/5.0 (X11; rv:24.0) Gecko/20100101 Thunderbird/24.2.0 Lightning/2.6.4", "Thunderbird"],
    ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", undefined],
    ["Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:26.0) Gecko/20100101 Firefox/26.0", undefined],
    ["IrssiUrlLog/0.2", undefined],
    ["", undefined],
  ])("%s", (agent, expected) => expect(readerOf(agent)).toBe(expected));

  test.each<[path: string, expected: boolean]>([
    ["/?flav=rss20", true],
    ["/blog/tags/puppet?flav=rss20", true],
    ["/feed", true],
    ["/feeds/all.atom.xml", true],
    ["/index.rdf", true],
    ["/blog/page.html?utm_source=feedburner&utm_medium=feed", false],
    ["/articles/ppp-over-ssh/pppoverssh.png", false],
    ["/blog/atomic-iptables-changes.html", false],
  ])("a feed at %s: %s", (path, expected) => expect(isFeed(path)).toBe(expected));
});

describe("a logged request goes", () => {
  const agent = "FeedBurner/1.0";
  test.each<[title: string, logged: Partial<LoggedRequest>, expected: object]>([
    ["to the API", { path: "/a" }, { method: "GET", path: "/api/feeds/news/entries", user: "pro" }],
    ["to the API with another token", { address: "192.0.2.9" }, { user: "admin" }],
    ["to a feed", { path: "/?flav=atom" }, { method: "GET", path: "/public/pro/news.atom" }],
    ["to another's feed", { path: "/?flav=rss20" }, { path: "/public/pro/news.rss" }],
    ["to a feed as a reader", { path: "/", agent }, { path: "/public/enterprise/news" }],
    ["to a feed, conditionally", { path: "/x.css", status: 304 }, { path: "/public/admin/news", condition: "seen" }],
    ["to a stranger's feed", { path: "/gone", status: 404 }, { method: "GET", path: "/public/stranger-589/news" }],
    ["to a feed with HEAD", { method: "HEAD", path: "/feed" }, { method: "HEAD", path: "/public/admin/news" }],
    ["to the API with OPTIONS", { method: "OPTIONS" }, { method: "OPTIONS", path: "/api/feeds/news/entries" }],
    [
      "to the API with a new entry",
      { method: "POST", status: 404 },
      { method: "POST", path: "/api/feeds/news/entries" },
    ],
  ])("%s", (_, logged, expected) => expect(routeOf(request(logged))).toMatchObject(expected));

  test("always the same way", () => {
    const once = sample().map(routeOf);
    expect(sample().map(routeOf)).toEqual(once);
    const met = new Set(once.map(({ path, user }) => (path.startsWith("/api/") ? `user ${user}` : path.split("/")[2])));
    for (const name of ["free", "pro", "enterprise", "admin"]) {
      expect(met).toContain(name);
      expect(met).toContain(`user ${name}`);
    }
    expect(met).toContain("user undefined");
    expect(once.filter(({ condition }) => condition === "outdated").length).toBeGreaterThan(50);
  });
});

describe("the command line", () => {
  test("is read", () => {
    expect(readOptions([])).toEqual({ file: undefined, speed: 3600, url: undefined, records: undefined });
    expect(readOptions(["a.log", "--speed", "1e4", "--url=http://127.0.0.1:1/x", "--records", "r"])).toEqual({
      file: "a.log",
      speed: 10_000,
      url: "http://127.0.0.1:1/x",
      records: "r",
    });
  });

  test.each<[args: string[], message: RegExp]>([
    [["--fast"], /^Unknown option '--fast'\. Usage: npm run traffic -- \[access log\]/],
    [["--speed"], /^Option '--speed <value>' argument missing\. Usage: /],
    [["--speed", "0"], /^--speed "0" is no number above 0; try 3600, an hour in a second\.$/],
    [["--speed", "fast"], /^--speed "fast" is no number above 0/],
    [["a.log", "b.log"], /^One access log at a time, and "b\.log" is a second\. Usage: /],
    [["--url", "localhost:8787"], /^--url "localhost:8787" is no address of an app; try http:\/\/127\.0\.0\.1:8787\.$/],
    [["--records", "r"], /^--records belongs to --url; /],
  ])("%j is refused in one line", (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
    expect(() => readOptions(args)).not.toThrow(/\n/);
  });
});

describe("an answer", () => {
  test("tells the units left of each policy", () => {
    expect(limitsIn('"api";r=59;t=60, "a \\"b\\"";t=3;r=0, "no";t=1')).toEqual(
      new Map([
        ["api", 59],
        ['a \\"b\\"', 0],
      ]),
    );
    expect(limitsIn(undefined)).toEqual(new Map());
  });

  test.each<[path: string, status: number, field: string | undefined, expected: string[]]>([
    ["/api/me", 200, '"api";r=1, "ip";r=1', ["api", "ip"]],
    ["/api/me", 429, '"ip";r=0', ["ip"]],
    ["/api/me", 204, undefined, []],
    ["/public/free/news", 200, undefined, ["public-feed"]],
    ["/public/free/news", 429, '"public-feed";r=0', ["public-feed"]],
    ["/public/nobody/news", 404, undefined, ["ip"]],
    ["/public/nobody/news", 429, '"ip";r=0', ["ip"]],
  ])("of %s, %d and %s shows who was asked", (path, status, field, expected) => {
    expect(metBy(path, status, field)).toEqual(expected);
  });
});
