import { memory } from "@sluice/core/memory";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exposition } from "../../test/exposition.ts";
import { recorded, sources, standings } from "../../test/metrics-sources.ts";
import { standingsOf } from "../admin/standings.ts";
import { prometheus } from "./prometheus.ts";

const read = async (from = sources()) => exposition(await prometheus(from));

/** Those that have a meaning in the format, some beyond ASCII, and half a character. */
const sign = fc.constantFrom("\\", '"', "\n", "\r", "\t", "n", "{", "}", ",", "=", " ", "#", "é", "💡", "\ud800");

describe("the text for Prometheus", () => {
  it("tells decisions by limiter, plan and outcome, whatever a plan is called", async () => {
    const decisions = (await read()).get("sluice_decisions_total");
    expect(decisions).toMatchObject({ type: "counter", help: expect.stringMatching(/^Decisions/) });
    expect(decisions?.series).toHaveLength(3);
    for (const { count, ...labels } of recorded.decisions) {
      expect(decisions?.series).toContainEqual({ name: "sluice_decisions_total", labels, value: count });
    }
  });

  it("keeps any text in its label", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: sign }), fc.double(), async (plan, count) => {
        const counters = { ...recorded, decisions: [{ limiter: "api", plan, outcome: "allowed", count }] };
        const [series] =
          (await read({ recorder: { counters: () => counters } })).get("sluice_decisions_total")?.series ?? [];
        expect(series?.labels["plan"]).toBe(plan.toWellFormed());
        expect(series?.value).toEqual(count === 0 ? 0 : count);
      }),
    );
  });

  it("tells what was dropped, what failed, and how backends stand", async () => {
    const families = await read();
    const values = (name: string, label: string) =>
      families.get(name)?.series.map(({ labels, value }) => [labels[label], value]);
    expect(values("sluice_records_dropped_total", "kind")).toEqual([
      ["accesses", 0],
      ["denials", 0],
      ["keys", 7],
      ["writes", 0],
    ]);
    expect(families.get("sluice_records_failures_total")?.series).toEqual([
      { name: "sluice_records_failures_total", labels: {}, value: 2 },
    ]);
    expect(values("sluice_backend_failing", "place")).toEqual([
      ["Protection", 1],
      ["Quotas", 0],
    ]);
    expect(families.get("sluice_backend_enabled")?.series[1]).toEqual({
      name: "sluice_backend_enabled",
      labels: { place: "Quotas", backend: "redis", scope: "global", exact: "true" },
      value: 1,
    });
  });

  it("tells of calls: counters, the queue, the breaker's state, and latencies as a histogram", async () => {
    const families = await read();
    const ofGrok = (name: string) => families.get(name)?.series.find(({ labels }) => labels["api"] === "grok")?.value;
    const told = ["calls", "attempts", "retries", "throttled", "failures", "timeouts", "refused"].map((name) =>
      ofGrok(`sluice_api_${name}_total`),
    );
    expect(told).toEqual([5, 6, 1, 1, 2, 1, 0]);
    expect([families.get("sluice_api_queue")?.type, ofGrok("sluice_api_queue")]).toEqual(["gauge", 1]);
    const breaker = families.get("sluice_api_breaker")?.series.map(({ labels, value }) => [labels["state"], value]);
    expect(breaker).toEqual([
      ["closed", 0],
      ["half-open", 1],
      ["isolated", 0],
      ["open", 0],
    ]);
    expect(families.get("sluice_outbound_delayed_total")?.series[0]).toMatchObject({
      labels: { limit: "grok" },
      value: 1,
    });

    const latency = families.get("sluice_api_latency_seconds");
    const grok = latency?.series.filter(({ labels }) => labels["api"] === "grok") ?? [];
    const buckets = grok.filter(({ name }) => name === "sluice_api_latency_seconds_bucket");
    expect(latency?.type).toBe("histogram");
    expect(buckets.map(({ labels, value }) => [labels["le"], value])).toEqual([
      ["0.001", 1],
      ["0.002", 1],
      ["0.004", 3],
      ["0.008", 3],
      ["0.016", 3],
      ["0.032", 3],
      ...["0.064", "0.128", "0.256", "0.512", "1.024", "2.048", "4.096", "8.192", "16.384", "32.768"].map((le) => [
        le,
        4,
      ]),
      ["+Inf", 5],
    ]);
    expect(grok.slice(-2).map(({ name, value }) => [name.slice(-6), value])).toEqual([
      ["ds_sum", 70.047],
      ["_count", 5],
    ]);
  });

  it("is the same whatever was counted first, and has no series twice", async () => {
    const other = sources();
    const reversed = { ...recorded, decisions: recorded.decisions.toReversed() };
    const twice = [...standings.toReversed(), { ...standings[0], isEnabled: false } as (typeof standings)[number]];
    const text = await prometheus({
      ...other,
      recorder: { counters: () => reversed },
      standings: () => twice.slice(0, 2),
    });
    expect(text).toBe(await prometheus(sources()));
    expect(() => exposition(text)).not.toThrow();
    expect((await read({ standings: () => twice })).get("sluice_backend_failing")?.series).toHaveLength(2);
  });

  it("leaves out what has no source", async () => {
    expect(await prometheus({})).toBe("");
    const standing = standingsOf([{ title: "Quotas", limiters: ["api"], backend: memory() }]);
    expect([...(await read({ standings: standing })).keys()]).toEqual([
      "sluice_backend_enabled",
      "sluice_backend_failing",
    ]);
  });
});
