import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientState } from "@sluice/outbound";
import { afterAll, describe, expect, test } from "vitest";
import { type Call, openLedger } from "../scripts/demo-outbound/ledger.ts";
import { addressees, failing, outage, startMs } from "../scripts/demo-outbound/offer.ts";
import { readOptions } from "../scripts/demo-outbound/options.ts";
import { picture } from "../scripts/demo-outbound/picture.ts";
import { startServices } from "../scripts/demo-outbound/services.ts";
import { type Account, summary } from "../scripts/demo-outbound/summary.ts";
import type { View } from "../scripts/demo-outbound/view.ts";
import { everybody, mostProspects } from "../scripts/demo-outbound/world.ts";

const minuteMs = 60_000;
const prospects = 30;
const world = everybody(prospects);

/** What every service did for one prospect, at an instant. */
function callsFor({ n, isSiteGiven, site, email }: (typeof world)[number], atMs: number): Call[] {
  const call = (service: Call["service"]): Call => ({
    service,
    atMs,
    subject: n,
    status: service === "supabase" ? 201 : 200,
  });
  return [
    ...(isSiteGiven ? [] : [call("search")]),
    ...(site === undefined ? [] : [call("grok")]),
    ...(email === undefined ? [] : [call("millionVerifier")]),
    call("supabase"),
  ];
}

const calls = world.flatMap((one) => callsFor(one, startMs + one.n * 5 * minuteMs));
const accepted = addressees(prospects).map(({ email = "" }, i) => {
  return { from: "dora@lantern.example", to: email, atMs: startMs + i * 10 * minuteMs };
});

/** Everything as it has to be, but for these parts. */
function account(parts: Partial<Account> = {}): Account {
  return {
    prospects,
    calls,
    offences: [],
    found: world.map(({ name, email, ends }) => ({ name, email: email ?? null, emailState: ends })),
    accepted,
    counted: [{ inbox: "dora", date: "2027-05-11", used: accepted.length, limit: 20 }],
    ambiguous: 0,
    seen: { throttled: 0, retries: 0, breakerChanges: 0 },
    earlier: 0,
    killed: 0,
    ...parts,
  };
}

/** So many calls to one service, so far apart. */
function burst(service: Call["service"], count: number, apartMs: number): Call[] {
  const atMs = startMs + 10 * 60 * minuteMs;
  return Array.from({ length: count }, (_, i) => ({ service, atMs: atMs + i * apartMs, subject: 1, status: 503 }));
}

describe("the summary of the outbound demo", () => {
  test("finds nothing broken where everything is as it has to be", () => {
    const { broken, lines } = summary(account());
    expect(broken).toEqual([]);
    const text = lines.join("\n");
    expect(text).toMatch(/^ {2}prospects +30 of +30 +found, each as it is$/m);
    expect(text).toMatch(new RegExp(`^ {2}mails +${accepted.length} of +${accepted.length} +taken by`, "m"));
  });

  test.each<[what: string, parts: Partial<Account>, broken: string]>([
    [
      "a service that was called too often within a window, wherever it begins",
      { calls: [...calls, ...burst("search", 31, 1_999)] },
      "search, calls in a minute: 31, above its limit of 30.",
    ],
    [
      "an hour with too many calls to all of them",
      { calls: [...calls, ...burst("supabase", 101, 30_000)] },
      "all calls within an hour: 101, above its limit of 100.",
    ],
    [
      "calls that a service refused",
      { offences: [{ service: "grok", refused: 2, banned: 0, bans: 0 }] },
      "grok was asked for more than it allows: 2 calls were refused.",
    ],
    [
      "work that a service never did",
      { calls: calls.filter(({ service, subject }) => service !== "supabase" || subject !== 2) },
      `supabase was never asked with success about ${world[1]?.name}.`,
    ],
    [
      "calls that a service did not understand",
      { calls: [...calls, { service: "grok", atMs: startMs, subject: 0, status: 404 }] },
      "grok did not understand us: 1 calls.",
    ],
    [
      "a ban",
      { offences: [{ service: "search", refused: 0, banned: 7, bans: 1 }] },
      "search banned us: bans 1, calls that met them 7.",
    ],
    [
      "work that was done twice",
      { calls: [...calls, ...calls.filter(({ service, subject }) => service === "grok" && subject === 3)] },
      `Done more than once: 1, such as ${world[2]?.name} at grok, with 0 runs cut off.`,
    ],
    [
      "a prospect that is missing",
      { found: account().found.slice(1) },
      `Prospects that did not end as they had to: 1. ${world[0]?.name} is missing, and not ${world[0]?.ends} with ${world[0]?.email}.`,
    ],
    [
      "a prospect with the address of another",
      {
        found: account().found.map((row, i) => (i === 1 ? { ...row, email: "hello@other.example" } : row)),
      },
      `Prospects that did not end as they had to: 1. ${world[1]?.name} is ${world[1]?.ends} with hello@other.example, and not ${world[1]?.ends} with ${world[1]?.email}.`,
    ],
    [
      "an inbox above its day",
      { counted: [{ inbox: "dora", date: "2027-05-11", used: accepted.length, limit: accepted.length - 1 }] },
      `dora@lantern.example on 2027-05-11: ${accepted.length}, above its limit of ${accepted.length - 1}.`,
    ],
    [
      "a mail to somebody else",
      {
        accepted: accepted.map((mail, i) => (i === 0 ? { ...mail, to: "who@else.example" } : mail)),
        killed: 1,
        earlier: 1,
      },
      "A mail went to who@else.example, who was not to get one.",
    ],
    [
      "a mail that did not arrive",
      {
        accepted: accepted.slice(1),
        counted: [{ inbox: "dora", date: "2027-05-11", used: accepted.length - 1, limit: 20 }],
      },
      `Mails that did not arrive: 1 of ${accepted.length}, with 0 runs killed.`,
    ],
    [
      "a mail that the quota did not count",
      { counted: [{ inbox: "dora", date: "2027-05-11", used: accepted.length - 1, limit: 20 }] },
      "Mails that the SMTP server took and the quota did not count: 1.",
    ],
  ])("names %s", (_, parts, broken) => expect(summary(account(parts)).broken).toEqual([broken]));

  test("names a mail that was sent twice", () => {
    const [first] = accepted;
    const twice = first === undefined ? [] : [...accepted, { ...first, atMs: first.atMs + 5 * minuteMs }];
    const counted = [{ inbox: "dora", date: "2027-05-11", used: twice.length, limit: 20 }];
    expect(summary(account({ accepted: twice, counted })).broken).toEqual(["Mails sent twice: 1."]);
  });

  test("allows for each run that was cut off one call that was done again, and for each that was killed a mail", () => {
    const again = calls.filter(({ service, subject }) => service === "grok" && subject === 3);
    const lost = { calls: [...calls, ...again], accepted: accepted.slice(1), ambiguous: 1, earlier: 1, killed: 1 };
    const { broken, lines } = summary(account(lost));
    expect(broken).toEqual([]);
    expect(lines.join("\n")).toMatch(/^ {2}done twice +1 of +1 /m);
  });
});

describe("the picture of the outbound demo", () => {
  const limit = (name: string, used: number, most: number, more = {}) => ({
    name,
    key: "",
    limit: most,
    used,
    ...more,
  });
  const paused = { reason: "429", by: "grok", sinceMs: startMs, untilMs: startMs + 15 * minuteMs };
  const state = (name: string, used: number, most: number, more = {}): ClientState => ({
    name,
    limits: [limit(name, used, most, more)],
    tuned: { limit: most, configured: most },
    breaker: undefined,
    retriesLeft: 10,
  });
  const open = {
    name: "grok",
    phase: "open" as const,
    generation: 1,
    sinceMs: startMs,
    calls: 5,
    failures: 5,
    isShared: true,
  };
  const view: View = {
    nowMs: startMs,
    speed: 600,
    apis: [
      { service: "search", state: state("duckduckgo", 15, 30, { paused }), calls: 15 },
      {
        service: "grok",
        state: { ...state("grok", 60, 60), breaker: { ...open, untilMs: startMs + minuteMs } },
        calls: 60,
      },
      { service: "millionVerifier", state: { ...state("m", 0, 100), tuned: { limit: 66, configured: 100 } }, calls: 0 },
    ],
    enrichment: limit("enrichment", 100, 100, { remaining: 0 }),
    usage: {
      inboxes: [],
      hour: { used: 3, limit: 20, remaining: 17, resetAfterMs: 0 },
      day: { used: 3, limit: 80, remaining: 77, resetAfterMs: 0 },
    },
    expected: 300,
    prospects: { pending: 10, valid: 20, risky: 5, invalid: 10, none: 5 },
    mails: { expected: 80, written: 20, sent: 3 },
    accepted: 3,
    heldUntilMs: undefined,
  };

  test("shows each limit with its bar, and what holds it", () => {
    const lines = picture(view, 120, false);
    expect(lines).toContain("  search           30 a minute    ██████████░░░░░░░░░░   15 of   30  paused until 12:15");
    expect(lines).toContain(
      "  grok             60 a minute    ████████████████████   60 of   60  breaker open until 12:01",
    );
    expect(lines).toContain("  millionVerifier  100 a minute   ░░░░░░░░░░░░░░░░░░░░    0 of  100  kept to 66 for now");
    expect(lines).toContain("  prospects        looked up      ██░░░░░░░░░░░░░░░░░░   40 of  300  ");
    expect(lines).toContain("  now              100 calls within an hour: the rest waits");
  });

  test("keeps to the width that there is", () => {
    for (const line of picture(view, 60, false)) expect(line.length).toBeLessThan(60);
  });
});

describe("the world of the outbound demo", () => {
  test("has everybody once, and enough good addresses for the mails", () => {
    const all = everybody(mostProspects);
    expect(new Set(all.map(({ name }) => name)).size).toBe(mostProspects);
    expect(new Set(all.map(({ email }) => email)).size).toBe(all.filter(({ email }) => email !== undefined).length + 1);
    expect(addressees(300)).toHaveLength(80);
    // Fifty mails leave on the first day, whose lists have 200 prospects.
    expect(everybody(200).filter(({ ends }) => ends === "valid").length).toBeGreaterThanOrEqual(50);
  });
});

describe("the services of the outbound demo", () => {
  const folder = mkdtempSync(join(tmpdir(), "demo-outbound-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const clock = { nowMs: startMs, now: () => clock.nowMs, sleep: async () => {} };

  test("count, ban who offends, fail now and then, and remember the last window", async () => {
    const ledger = openLedger(join(folder, "services.sqlite"));
    const options = { ledger, time: clock, prospects };
    const services = await startServices(options);
    const search = (name: string) => fetch(`${services.urls.search}/html/?q=${encodeURIComponent(name)}`);
    const statuses = new Map<number, number>();
    for (let i = 0; i < 200; i++) {
      clock.nowMs += 2_000;
      const { status } = await search(`${world[i % prospects]?.name} official website`);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    // Thirty in a minute fit; one in twenty fails and one in eighty is turned away all the same.
    expect([...statuses.keys()].sort()).toEqual([200, 202, 503]);
    expect(statuses.get(503)).toBeGreaterThan(200 / failing.every / 3);
    expect(services.offences()[0]).toEqual({ service: "search", refused: 0, banned: 0, bans: 0 });
    expect(ledger.count("search")).toBe(200);
    await services.stop();

    const next = await startServices(options);
    const again = async () => (await fetch(`${next.urls.search}/html/?q=${world[0]?.name}`)).status;
    expect([await again(), await again(), await again(), await again()]).toEqual([429, 429, 429, 403]);
    expect(next.offences()[0]).toEqual({ service: "search", refused: 3, banned: 1, bans: 1 });
    await next.stop();
    ledger.close();
  });

  test("go down for an hour as the last list comes, one of them", async () => {
    const ledger = openLedger(join(folder, "down.sqlite"));
    clock.nowMs = outage(prospects).fromMs;
    const services = await startServices({ ledger, time: clock, prospects });
    const ask = async () => {
      const body = JSON.stringify({ name: world[0]?.name });
      return (await fetch(`${services.urls.grok}/v1/chat/completions`, { method: "POST", body })).status;
    };
    expect([await ask(), await ask(), await ask()]).toEqual([503, 503, 503]);
    clock.nowMs = outage(prospects).untilMs;
    expect([await ask(), await ask(), await ask()]).toContain(200);
    await services.stop();
    ledger.close();
  });
});

describe("the command line of the outbound demo", () => {
  test("has defaults", () => {
    expect(readOptions([])).toEqual({ speed: 600, fresh: false, data: undefined, prospects: 300 });
  });

  test.each<[args: string[], message: RegExp]>([
    [["--speed", "0"], /^--speed "0" is no number from 60 to 3000; try 600, ten minutes in a second\.$/],
    [["--speed", "fast"], /^--speed "fast" is no number from 60 to 3000/],
    [["--prospects", "9"], /^--prospects "9" is no whole number from 10 to 320\.$/],
    [["--prospects", "20.5"], /^--prospects "20\.5" is no whole number/],
    [["--slow"], /^Unknown option '--slow'\. Usage: npm run demo:outbound \[-- --speed 600\]/],
  ])("%j is refused in one line", (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
    expect(() => readOptions(args)).not.toThrow(/\n/);
  });
});
