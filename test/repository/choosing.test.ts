import { describe, expect, it } from "vitest";
import { read, root } from "./workspace.ts";

const document = read("docs/choosing-a-backend.md");

/** The rows of the table whose heading begins so, cell by cell; without the heading. */
function table(heading: string): readonly (readonly string[])[] {
  const [, body = ""] = document.split(`| ${heading}`);
  const rows = body.split("\n\n", 1)[0]?.split("\n").slice(2) ?? [];
  return rows.map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function number(pattern: RegExp, text: string): number {
  return Number(pattern.exec(text)?.[1] ?? 0);
}

/** What a million of a thing cost, in dollars. */
function priceOf(thing: string): number {
  const [, price = ""] = table("what is billed").find(([name]) => name?.startsWith(thing)) ?? [];
  expect(price, thing).toMatch(/^\$\d/);
  return number(/^\$([\d.]+)$/, price);
}

/** What a million decisions of a kind cost in a Durable Object and on Upstash. */
function decision(kind: string): readonly [object: number, upstash: number] {
  const [, object = "", upstash = ""] = table("decision on one limit").find(([name]) => name === kind) ?? [];
  const gigabyteSeconds = (number(/(\d+) ms of/, object) / 1_000) * (number(/of (\d+) MB/, object) / 1_000);
  return [
    number(/(\d+) request/, object) * priceOf("requests to Durable Objects") +
      number(/(\d+) row/, object) * priceOf("rows written") +
      gigabyteSeconds * priceOf("GB-seconds"),
    number(/(\d+) commands/, upstash) * priceOf("Upstash commands"),
  ];
}

const dollars = (price: number): string => `$${price.toFixed(2)}`;

describe("docs/choosing-a-backend.md", () => {
  it("counts of a decision what the backends' own pages and measurements say", () => {
    const [admitted, denied] = [decision("admitted"), decision("denied")];
    const measured = read("docs/benchmarks.md");
    const commands = (charge: string): number =>
      number(new RegExp(`commands billed for one ${charge} charge \\|[^|]*\\| (\\d+) \\|`), measured);
    expect([admitted[1], denied[1]]).toEqual([2 * commands("admitted"), 2 * commands("denied")]);
    expect(measured).toMatch(/rows written per admitted charge \| – \| 1 \|/);
    expect(read("docs/backends/upstash.md")).toContain(`| admitted, one limit | 4 | $${admitted[1]} |`);
  });

  it("multiplies rightly", () => {
    const rows = table("a million requests");
    expect(rows.length).toBeGreaterThan(3);
    for (const [what = "", object, upstash] of rows) {
      const d = number(/d = (\d+) %/, what) / 100;
      const m = number(/m = (\d+) %/, what) / 100;
      const before = what.startsWith("address and user") ? 1 : 0;
      const prices = [0, 1].map((backend) => {
        const [admitted, denied] = [decision("admitted")[backend] ?? 0, decision("denied")[backend] ?? 0];
        return dollars(before * admitted + (1 - d) * admitted + d * (1 - m) * denied);
      });
      expect([object, upstash], what).toEqual(prices);
    }
    const three = priceOf("requests to Durable Objects") + 3 * priceOf("rows written");
    expect(document).toContain(dollars(three + 0.00064 * priceOf("GB-seconds")));
    expect(document).toContain(dollars(6 * priceOf("Upstash commands")));
  });

  it("shows what the apps say of a backend that is none", async () => {
    const { readChoice } = await import(`${root}apps/node/src/backend-settings.ts`);
    const { chosenBackend } = await import(`${root}apps/workers/src/backend.ts`);
    const said = [
      ...readChoice({ RATE_LIMIT_BACKEND: "Redis" }, ":memory:").mistakes,
      ...chosenBackend({ RATE_LIMIT_BACKEND: "kv" }).mistakes,
    ];
    expect(document).toContain(`\`\`\`text\n${said.join("\n")}\n\`\`\``);
  });
});
