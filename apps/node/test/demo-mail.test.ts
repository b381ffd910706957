import { describe, expect, test } from "vitest";
import type { Counted } from "../scripts/demo/quota-log.ts";
import type { Accepted } from "../scripts/demo/smtp.ts";
import { readOptions } from "../scripts/demo-mail/options.ts";
import type { QueuedMail } from "../scripts/demo-mail/records.ts";
import { type Account, summary } from "../scripts/demo-mail/summary.ts";

const noon = Date.UTC(2027, 4, 11, 12);
const minuteMs = 60_000;

/** So many mails of one inbox, a minute apart. */
function taken(count: number, { from = "ada@lantern.example", atMs = noon } = {}): Accepted[] {
  return Array.from({ length: count }, (_, i) => ({ from, to: `${i}@inbox.example`, atMs: atMs + i * minuteMs }));
}

function counted(used: number, { inbox = "ada@lantern.example", limit = 20, date = "2027-05-11" } = {}): Counted {
  return { inbox, date, used, limit };
}

const account = (parts: Partial<Account>): Account => ({ accepted: [], counted: [], mails: [], killed: 0, ...parts });

describe("the summary of the mail demo", () => {
  test("finds nothing broken where everything is at its limit", () => {
    const { broken, lines } = summary(account({ accepted: taken(20), counted: [counted(20)] }));
    expect(broken).toEqual([]);
    expect(lines).toContain("  busiest hour          20 of 20, from 12:00 on Tue 11 May");
    expect(lines).toContain("  ada@lantern.example   20 of 20");
  });

  test("names an inbox above its limit of the day", () => {
    const { broken } = summary(account({ accepted: taken(6), counted: [counted(6, { limit: 5 })] }));
    expect(broken).toEqual(["ada@lantern.example on 2027-05-11: 6, above its limit of 5."]);
  });

  test("counts in any hour, wherever it begins", () => {
    const accepted = [
      ...taken(11, { atMs: noon + 50 * minuteMs }),
      ...taken(10, { from: "ben@lantern.example", atMs: noon + 90 * minuteMs }),
    ];
    const { broken } = summary(
      account({ accepted, counted: [counted(11), counted(10, { inbox: "ben@lantern.example" })] }),
    );
    expect(broken).toEqual(["the busiest hour: 21, above its limit of 20."]);
  });

  test("keeps an hour that is exactly over out of the next", () => {
    const accepted = [...taken(20, { atMs: noon }), ...taken(1, { atMs: noon + 60 * minuteMs })];
    expect(summary(account({ accepted, counted: [counted(21, { limit: 21 })] })).broken).toEqual([]);
  });

  test("names a day above eighty", () => {
    const inboxes = ["a", "b", "c", "d", "e"].map((name) => `${name}@lantern.example`);
    const accepted = inboxes.flatMap((from, i) => taken(17, { from, atMs: noon + (i * 120 - 300) * minuteMs }));
    const { broken } = summary(account({ accepted, counted: inboxes.map((inbox) => counted(17, { inbox })) }));
    expect(broken).toEqual(["all inboxes on 2027-05-11: 85, above its limit of 80."]);
  });

  test("knows no mail that the quota did not count", () => {
    const { broken } = summary(account({ accepted: taken(3), counted: [counted(2)] }));
    expect(broken).toEqual(["The server took 1 mail that the quota did not count."]);
  });

  test("allows a mail on the way for each run that was killed, and no more", () => {
    const mails: QueuedMail[] = [{ id: 1, state: "unknown", inbox: "ada@lantern.example", atMs: noon }];
    const lost = account({ accepted: taken(3), counted: [counted(4)], mails, killed: 1 });
    const { broken, lines } = summary(lost);
    expect(broken).toEqual([]);
    expect(lines.at(-1)).toBe("  runs killed           1, and 1 mail of which the app cannot know");
    expect(summary({ ...lost, killed: 0 }).broken).toEqual([
      "The quota counted 1 mail that did not arrive, with 0 runs killed.",
    ]);
  });
});

describe("the command line of the mail demo", () => {
  test("has defaults", () => expect(readOptions([])).toEqual({ speed: 600, fresh: false, data: undefined }));

  test.each<[args: string[], message: RegExp]>([
    [["--speed", "0"], /^--speed "0" is no number from 60 to 3000; try 600, ten minutes in a second\.$/],
    [["--speed", "fast"], /^--speed "fast" is no number from 60 to 3000/],
    [["--slow"], /^Unknown option '--slow'\. Usage: npm run demo:mail \[-- --speed 600\]/],
  ])("%j is refused in one line", (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
    expect(() => readOptions(args)).not.toThrow(/\n/);
  });
});
