/** Traffic for those who have no log at hand: the same requests every time, with bursts, readers and a long tail of addresses. */

import { hourInMs, type LoggedRequest } from "./access-log.ts";

const hours = 20;
const firstHourMs = Date.UTC(2026, 0, 5, 6);
const addresses = 600;
const perHour = 125;

const pages = [
  "/",
  "/about",
  "/articles/queues",
  "/articles/tides",
  "/style.css",
  "/images/map.png",
  "/search?q=sluice",
];
const browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const scraper = "python-requests/2.32.3";

const readers: readonly (readonly [agent: string, feed: string, readsPerHour: number])[] = [
  ["FreshRSS/1.26.1 (Linux; https://freshrss.org)", "/feed.atom", 4],
  ["Feedbin feed-id:1373711 - 12 subscribers", "/rss", 3],
  ["Miniflux/2.2.6", "/feed.atom", 4],
  ["NetNewsWire (RSS Reader; https://netnewswire.com/)", "/rss", 5],
  ["Tiny Tiny RSS/24.12 (https://tt-rss.org/)", "/tags/water/rss", 6],
  ["NewsBlur Feed Fetcher - 3 subscribers - https://www.newsblur.com", "/rss", 2],
  ["Feedly/1.0 (+https://feedly.com/fetcher.html; 40 subscribers)", "/feed.json", 3],
  ["Inoreader/1.0 (+https://www.inoreader.com/feed-fetcher; 9 subscribers)", "/rss", 2],
];

/** About three thousand requests in twenty hours; another seed gives other ones. */
export function sample(seed = 1): LoggedRequest[] {
  const draw = seeded(seed);
  const requests: LoggedRequest[] = [];
  for (let hour = 0; hour < hours; hour++) {
    const hourMs = firstHourMs + hour * hourInMs;
    const within: Omit<LoggedRequest, "line">[] = [];
    const add = (address: string, path: string, agent: string, status = 200, method = "GET") =>
      within.push({ address, hourMs, method, path, status, agent });
    for (let i = 0; i < perHour; i++) {
      const kind = draw();
      const method = kind < 0.02 ? "POST" : kind < 0.05 ? "HEAD" : kind < 0.06 ? "OPTIONS" : "GET";
      const status = kind > 0.96 ? 404 : kind > 0.9 ? 304 : 200;
      add(addressAt(zipf(draw())), pages[Math.floor(draw() * pages.length)] ?? "/", browser, status, method);
    }
    for (const [index, [agent, feed, reads]] of readers.entries()) {
      for (let i = 0; i < reads; i++)
        add(addressAt(addresses + index * 4 + (i % 4)), feed, agent, draw() < 0.6 ? 304 : 200);
    }
    shuffle(within, draw);
    // Every few hours somebody takes everything at once.
    if (hour % 5 === 3) for (let i = 0; i < 150; i++) add(addressAt(hour), `/archive/${i}`, scraper);
    for (const request of within) requests.push({ line: requests.length + 1, ...request });
  }
  return requests;
}

/** The address of a rank; all are from the ranges reserved for documentation. */
function addressAt(rank: number): string {
  const network = ["192.0.2", "198.51.100", "203.0.113"][Math.floor(rank / 250)] ?? "192.0.2";
  return `${network}.${(rank % 250) + 1}`;
}

/** A rank from 0 by Zipf's law: the second is met half as often as the first, the third a third as often. */
function zipf(chance: number): number {
  return Math.floor((addresses + 1) ** chance) - 1;
}

function shuffle<T>(list: T[], draw: () => number): void {
  for (let i = list.length - 1; i > 0; i--) {
    const other = Math.floor(draw() * (i + 1));
    [list[i], list[other]] = [list[other] as T, list[i] as T];
  }
}

/** Numbers from 0 to 1 that a seed repeats (Mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
