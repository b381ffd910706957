/** Ten million strangers against a hundred thousand places: memory stays flat and nobody's spent quota comes back. */

import { perHour, policy } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { type Contenders, start } from "../contender.ts";
import type { Measure } from "../measure.ts";

const million = 1_000_000;
const millions = 10;
const victims = 1_000;
const flat = 1.05;

interface Million {
  /** Heap and buffers after a collection. */
  readonly bytes: number;
  readonly nsPerKey: number;
  readonly denied: number;
  readonly keys: number;
  /** Drained keys that were asked again, and how many of them were allowed. */
  readonly asked: number;
  readonly revived: number;
}

export const contenders: Contenders<Million> = {
  flood() {
    const limit = 5;
    const asked = policy("bench", perHour(limit));
    const backend = memory();
    const spend = (key: string, cost: number) => backend.consume([{ policy: asked, key, cost }]).allowed;
    let strangers = 0;
    let drained = 0;

    return () => {
      // A tenth of the victims is there before each million, so that young and old evictions are both seen.
      for (const end = drained + victims / millions; drained < end; drained++) {
        while (spend(`victim:${drained}`, 1));
      }
      let denied = 0;
      const before = process.threadCpuUsage();
      for (let i = 0; i < million; i++) if (!spend(`stranger:${strangers++}`, 1)) denied++;
      const { user, system } = process.threadCpuUsage(before);
      const nsPerKey = ((user + system) * 1_000) / million;
      let revived = 0;
      for (let i = 0; i < drained; i++) if (spend(`victim:${i}`, 1)) revived++;
      for (let i = 0; i < 3; i++) global.gc?.();
      const { heapUsed, external } = process.memoryUsage();
      return { bytes: heapUsed + external, nsPerKey, denied, keys: backend.size(), asked: drained, revived };
    };
  },
};

export const flood: Measure = async () => {
  const points = await allMillions();
  const first = points[0] as Million;
  const growth = Math.max(...points.map(({ bytes }) => bytes)) / first.bytes;
  const asked = points.reduce((sum, point) => sum + point.asked, 0);
  const revived = points.reduce((sum, point) => sum + point.revived, 0);
  const nsPerKey = points.map((point) => point.nsPerKey);
  const measure = "flood of 10 M distinct keys";
  return {
    rows: [
      {
        measure: `${measure}: memory, most / at 1 M`,
        against: "–",
        measured: `${growth.toFixed(3)}×`,
        reach: `flat: ≤ ${flat}×`,
        met: growth <= flat,
      },
      {
        measure: `${measure}: drained keys that start afresh`,
        against: "–",
        measured: `${revived} of ${asked.toLocaleString("en")} asked`,
        reach: "none (asserted)",
        met: revived === 0,
      },
    ],
    raw: [
      ...points.map(({ bytes, nsPerKey, denied, keys }, i) => {
        const mb = (bytes / 1_000_000).toFixed(2);
        const share = ((denied / million) * 100).toFixed(1);
        return `flood, ${i + 1} M: ${mb} MB, ${nsPerKey.toFixed(0)} ns/key, ${keys} keys held, ${share} % of the new keys denied`;
      }),
      `flood, time per key: ${Math.min(...nsPerKey).toFixed(0)}–${Math.max(...nsPerKey).toFixed(0)} ns`,
    ],
  };
};

async function allMillions(): Promise<readonly Million[]> {
  const running = start<Million>(import.meta.url, "flood");
  const points: Million[] = [];
  try {
    while (points.length < millions) points.push(await running.ask());
  } finally {
    running.end();
  }
  return points;
}
