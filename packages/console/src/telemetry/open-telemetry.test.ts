import type { Meter } from "@opentelemetry/api";
import { describe, expect, it } from "vitest";
import { exposition } from "../../test/exposition.ts";
import { sources } from "../../test/metrics-sources.ts";
import { type InstrumentOptions, type MetricsMeter, type ObserveAll, openTelemetry } from "./open-telemetry.ts";
import { prometheus } from "./prometheus.ts";

interface Instrument extends InstrumentOptions {
  readonly name: string;
  readonly kind: "counter" | "gauge";
}

/** A meter that collects when it is told to; like the SDK's it takes no observation of an instrument it does not know. */
function meter() {
  const callbacks = new Map<ObserveAll<Instrument>, readonly Instrument[]>();
  const made: Instrument[] = [];
  const make = (kind: Instrument["kind"]) => (name: string, options?: InstrumentOptions) => {
    const instrument = { ...options, kind, name };
    made.push(instrument);
    return instrument;
  };
  const counting: MetricsMeter<Instrument> = {
    createObservableCounter: make("counter"),
    createObservableGauge: make("gauge"),
    addBatchObservableCallback: (callback, instruments) => void callbacks.set(callback, instruments),
    removeBatchObservableCallback: (callback) => void callbacks.delete(callback),
  };
  const collect = async () => {
    const points: { name: string; value: number; attributes: Readonly<Record<string, string>> | undefined }[] = [];
    for (const [callback, known] of callbacks) {
      await callback({
        observe: (instrument, value, attributes) => {
          if (known.includes(instrument)) points.push({ name: instrument.name, value, attributes });
        },
      });
    }
    return points;
  };
  return { counting, made, collect };
}

describe("the instruments of OpenTelemetry", () => {
  it("are made by the meter of @opentelemetry/api", () => {
    const made = (real: Meter): (() => void) => openTelemetry(real, sources());
    expect(made).toBeTypeOf("function");
  });

  it("observe at each collection what Prometheus is told", async () => {
    const { counting, collect, made } = meter();
    openTelemetry(counting, sources());
    const points = await collect();
    const families = exposition(await prometheus(sources()));
    const series = [...families.values()].flatMap((family) => family.series);
    expect(points).toHaveLength(series.length);
    const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
    expect(sorted(points.map(({ value }) => value))).toEqual(sorted(series.map(({ value }) => value)));
    expect(points).toContainEqual({
      name: "sluice.decisions",
      value: 3,
      attributes: { limiter: "public-feed", plan: "pro", outcome: "denied" },
    });
    expect(points).toContainEqual({
      name: "sluice.api.latency.bucket",
      value: 3,
      attributes: { api: "grok", le: "0.004" },
    });
    expect(points).toContainEqual({ name: "sluice.api.latency.sum", value: 70.047, attributes: { api: "grok" } });
    expect(points.find(({ name }) => name === "sluice.api.queue")).toBeDefined();
    const gauges = made.filter(({ kind }) => kind === "gauge").map(({ name }) => name);
    expect(gauges).toEqual([
      "sluice.backend.enabled",
      "sluice.backend.failing",
      "sluice.api.queue",
      "sluice.api.breaker",
    ]);
    expect(made.filter(({ unit }) => unit === "s").map(({ name }) => name)).toEqual([
      "sluice.api.wait",
      "sluice.api.latency.sum",
    ]);
  });

  it("read each source once a collection, and none before or after", async () => {
    const { counting, collect } = meter();
    const from = sources();
    let reads = 0;
    const counters = () => {
      reads++;
      return (
        from.recorder?.counters() ?? {
          decisions: [],
          dropped: { accesses: 0, keys: 0, denials: 0, writes: 0 },
          failed: 0,
        }
      );
    };
    const end = openTelemetry(counting, { recorder: { counters } });
    expect(reads).toBe(0);
    await collect();
    expect(reads).toBe(1);
    end();
    expect(await collect()).toEqual([]);
    expect(reads).toBe(1);
  });
});
