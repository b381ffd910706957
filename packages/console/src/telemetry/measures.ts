/** What is measured: each measure once, for every format that it goes out in. */

import type { BackendStanding, Standings } from "../admin/standing.ts";
import type { Recorder, RecorderCounters } from "../recording/recorder.ts";
import { type OutboundSnapshot, outboundMeasures } from "./measures-outbound.ts";

/** Where numbers come from; what is left out has no measures. */
export interface MetricsSources {
  readonly recorder?: Pick<Recorder, "counters"> | undefined;
  readonly standings?: Standings | undefined;
  /** What `metrics()` of @sluice/outbound makes. */
  readonly outbound?: { snapshot(): OutboundSnapshot } | undefined;
}

/** All sources, read at one moment. */
export interface Readings {
  readonly recorded?: RecorderCounters | undefined;
  readonly standings: readonly BackendStanding[];
  readonly outbound?: OutboundSnapshot | undefined;
}

export type Labels = Readonly<Record<string, string>>;

/** One number of a measure. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** One distribution of a histogram. */
export interface Distribution {
  readonly labels: Labels;
  /** How many were at most so much, the smallest bound first, without the last one: infinity. */
  readonly within: readonly { readonly bound: number; readonly count: number }[];
  readonly sum: number;
  readonly count: number;
}

interface Described {
  /** Words with points between them. */
  readonly name: string;
  /** Absent for plain numbers of things. */
  readonly unit?: "seconds" | undefined;
  readonly help: string;
}

/** A measure: what it is called, and how it is read. Counters only grow while the process lives. */
export type Measure = Described &
  (
    | { readonly kind: "counter" | "gauge"; read(readings: Readings): readonly Sample[] }
    | { readonly kind: "histogram"; read(readings: Readings): readonly Distribution[] }
  );

const recorderMeasures: readonly Measure[] = [
  {
    name: "sluice.decisions",
    kind: "counter",
    help: "Decisions of this process by limiter, plan of whoever paid, and outcome.",
    read: ({ recorded }) =>
      (recorded?.decisions ?? []).map(({ limiter, plan, outcome, count }) => ({
        labels: { limiter, plan, outcome },
        value: count,
      })),
  },
  {
    name: "sluice.records.dropped",
    kind: "counter",
    help: "Records of this process that were left out because there were too many.",
    read: ({ recorded }) =>
      Object.entries(recorded?.dropped ?? {}).map(([kind, value]) => ({ labels: { kind }, value })),
  },
  {
    name: "sluice.records.failures",
    kind: "counter",
    help: "Writings of records by this process that failed.",
    read: ({ recorded }) => (recorded === undefined ? [] : [{ labels: {}, value: recorded.failed }]),
  },
];

const backendMeasures: readonly Measure[] = [
  {
    name: "sluice.backend.enabled",
    kind: "gauge",
    help: "1 where limits are counted, 0 where they are off.",
    read: ({ standings }) =>
      standings.map(({ title, backend, scope, exact, isEnabled }) => ({
        labels: { place: title, backend, scope, exact: String(exact) },
        value: Number(isEnabled),
      })),
  },
  {
    name: "sluice.backend.failing",
    kind: "gauge",
    help: "1 while the backend does not answer this process.",
    read: ({ standings }) =>
      standings.map(({ title, backend, failing }) => ({
        labels: { place: title, backend },
        value: Number(failing !== undefined),
      })),
  },
];

/** Every measure, in the order in which they are told. */
export const measures: readonly Measure[] = [...recorderMeasures, ...backendMeasures, ...outboundMeasures];

/** Reads every source once. */
export async function readingsOf({ recorder, standings, outbound }: MetricsSources): Promise<Readings> {
  return {
    recorded: recorder?.counters(),
    standings: (await standings?.()) ?? [],
    outbound: outbound?.snapshot(),
  };
}
