/** Two days of readers at the public feeds: which polled, as what, from where, and what they were answered. */

import { demoId } from "../demo-ids.ts";
import { type Chance, daylight } from "./chance.ts";
import { type Ledger, minuteMs, minutes } from "./ledger.ts";

/** The demo's feeds: whose, how often they are read in the busiest minute, and how many reads a minute their owner's plan allows. */
const feeds = [
  { user: 0, plan: "free", perMinute: 0.5, limit: 17 },
  { user: 1, plan: "pro", perMinute: 0.9, limit: 167 },
  { user: 2, plan: "enterprise", perMinute: 1.6, limit: 1_667 },
  { user: 3, plan: "enterprise", perMinute: 0.1, limit: 1_667 },
] as const;

/** What readers call themselves. */
export const userAgents: readonly string[] = [
  "NetNewsWire (RSS Reader; https://netnewswire.com/)",
  "Feedly/1.0 (+https://feedly.com/poller.html; 14 subscribers; like FeedFetcher-Google)",
  "Mozilla/5.0 (compatible; Miniflux/2.2.10; +https://miniflux.app)",
  "FreshRSS/1.27.0 (Linux; https://freshrss.org)",
  "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1",
  "Inoreader/1.0 (+http://www.inoreader.com/feed-fetcher; 3 subscribers; )",
  "Tiny Tiny RSS/25.10 (https://tt-rss.org/)",
  "curl/8.14.1",
  "",
  "python-requests/2.32.5",
];

/** Where they read from: networks kept free for documents. */
export const addresses: readonly string[] = [
  ...Array.from({ length: 18 }, (_, n) => `192.0.2.${10 + n * 7}`),
  ...Array.from({ length: 18 }, (_, n) => `198.51.100.${5 + n * 11}`),
  ...Array.from({ length: 12 }, (_, n) => `203.0.113.${20 + n * 3}`),
  ...Array.from({ length: 16 }, (_, n) => `2001:db8:${(n * 0x11 + 1).toString(16)}::${(n + 2).toString(16)}`),
];

/** One that fetches the free feed again and again, unconditionally. */
const hasty = { address: 23, agent: 10, reads: 27, everyMinutes: 300, at: 41 } as const;

export function simulateReads(ledger: Ledger, chance: Chance): void {
  for (let minute = 0; minute < minutes; minute++) {
    const atMs = ledger.startMs + minute * minuteMs;
    const light = daylight(atMs);
    for (const { user, plan, perMinute, limit } of feeds) {
      const ownerId = demoId(user);
      const polite = chance.times(perMinute * light);
      const hurried = user === 0 && minute % hasty.everyMinutes === hasty.at ? hasty.reads : 0;
      let [allowed, denied, hundredths] = [0, 0, 0];
      for (let n = 0; n < polite + hurried; n++) {
        const isHurried = n >= polite;
        // A reader has its own place and program, and mostly has the feed already.
        const address = isHurried ? hasty.address : Math.floor(chance.next() * addresses.length);
        const agent = isHurried ? hasty.agent : address % (userAgents.length - 1);
        const cost = isHurried || chance.next() < 0.3 ? 100 : 10;
        const fits = hundredths + cost <= limit * 100;
        hundredths += cost;
        if (fits) allowed++;
        else denied++;
        const status = fits ? (cost === 100 ? 200 : 304) : 429;
        const second = Math.floor(((n + 0.5) / (polite + hurried)) * minuteMs);
        ledger.read({ user, atMs: atMs + second, address, agent, status });
      }
      if (hundredths === 0) continue;
      const decided = { minute, limiter: "public-feed", plan, key: `publicFeed:${ownerId}`, userId: ownerId };
      ledger.decide({ ...decided, allowed, denied });
      ledger.ask(minute, "public-feed", plan, hundredths);
      if (denied > 0) ledger.refuse(ownerId, atMs + 55_000, "public-feed", limit, denied);
    }
  }
}
