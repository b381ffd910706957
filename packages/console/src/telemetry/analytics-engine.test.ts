import { describe, expect, it } from "vitest";
import type { DecisionRow, RecordSink } from "../recording/recorded-rows.ts";
import { type AnalyticsDataset, analyticsEngine } from "./analytics-engine.ts";

type Point = Parameters<AnalyticsDataset["writeDataPoint"]>[0];

function dataset() {
  const points: Point[] = [];
  return { points, writeDataPoint: (point: Point) => void points.push(point) };
}

const row = (given: Partial<DecisionRow> = {}): DecisionRow => ({
  ...{ minuteMs: 60_000, limiter: "api", plan: "free", outcome: "allowed" as const, count: 1 },
  ...given,
});

describe("the data points of Analytics Engine", () => {
  it("are one for each limiter, plan and outcome of a writing", () => {
    const { points, ...binding } = dataset();
    const sink: RecordSink = analyticsEngine(binding);
    const decisions = [row({ count: 41 }), row({ limiter: "ip", plan: "", outcome: "denied", count: 2 })];
    sink.record({ decisions, keyCounts: [], deniedKeys: [], userDenials: [], accesses: [] });
    expect(points).toEqual([
      { indexes: ["api"], blobs: ["api", "free", "allowed"], doubles: [41, 60_000] },
      { indexes: ["ip"], blobs: ["ip", "", "denied"], doubles: [2, 60_000] },
    ]);
  });

  it("are no more than an invocation may write: the rarest are left out and counted", () => {
    const { points, ...binding } = dataset();
    const sink = analyticsEngine(binding);
    const decisions = Array.from({ length: 260 }, (_, i) => row({ plan: `p${i}`, count: i + 1 }));
    sink.record({ decisions });
    expect(points).toHaveLength(200);
    expect(Math.min(...points.map(({ doubles }) => doubles?.[0] ?? 0))).toBe(61);
    expect(sink.leftOut()).toBe((60 * 61) / 2);
    analyticsEngine(binding, { pointsPerWriting: 3 }).record({ decisions });
    expect(points).toHaveLength(203);
    expect(() => analyticsEngine(binding, { pointsPerWriting: 0 })).toThrow(/SLUICE_OPTION_TYPE/);
  });
});
