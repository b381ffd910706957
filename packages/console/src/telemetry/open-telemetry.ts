/** The measures as instruments of OpenTelemetry. */

import { type Distribution, type Labels, type Measure, type MetricsSources, measures, readingsOf } from "./measures.ts";

/** How an instrument is described. */
export interface InstrumentOptions {
  readonly description?: string;
  readonly unit?: string;
}

/** What is asked of a meter: the `Meter` of @opentelemetry/api is one. */
export interface MetricsMeter<Instrument = unknown> {
  createObservableCounter(name: string, options?: InstrumentOptions): Instrument;
  createObservableGauge(name: string, options?: InstrumentOptions): Instrument;
  addBatchObservableCallback(callback: ObserveAll<Instrument>, instruments: Instrument[]): void;
  removeBatchObservableCallback(callback: ObserveAll<Instrument>, instruments: Instrument[]): void;
}

/** Called at every collection. */
export type ObserveAll<Instrument> = (result: {
  observe(instrument: Instrument, value: number, attributes?: Labels): void;
}) => Promise<void>;

/**
 * Observes the sources at every collection, each once. There are no observable histograms, so a histogram becomes three counters:
 * `….bucket` with the attribute `le` in seconds, `….sum` and `….count`.
 *
 * @returns A function that ends the observation.
 */
export function openTelemetry<Instrument>(meter: MetricsMeter<Instrument>, sources: MetricsSources): () => void {
  const instruments = new Map<string, Instrument>();
  for (const measure of measures) {
    for (const name of namesOf(measure)) instruments.set(name, create(meter, name, measure));
  }
  const all = [...instruments.values()];

  const observeAll: ObserveAll<Instrument> = async (result) => {
    const readings = await readingsOf(sources);
    const observe = (name: string, value: number, attributes: Labels): void => {
      const instrument = instruments.get(name);
      if (instrument !== undefined) result.observe(instrument, value, attributes);
    };
    for (const measure of measures) {
      if (measure.kind === "histogram") {
        for (const distribution of measure.read(readings)) observeDistribution(measure.name, distribution, observe);
      } else {
        for (const { value, labels } of measure.read(readings)) observe(measure.name, value, labels);
      }
    }
  };
  meter.addBatchObservableCallback(observeAll, all);
  return () => meter.removeBatchObservableCallback(observeAll, all);
}

function namesOf({ name, kind }: Measure): readonly string[] {
  return kind === "histogram" ? [`${name}.bucket`, `${name}.sum`, `${name}.count`] : [name];
}

function create<Instrument>(meter: MetricsMeter<Instrument>, name: string, measure: Measure): Instrument {
  const isTime = measure.unit === "seconds" && !/\.(bucket|count)$/.test(name);
  const options = { description: measure.help, ...(isTime ? { unit: "s" } : {}) };
  return measure.kind === "gauge"
    ? meter.createObservableGauge(name, options)
    : meter.createObservableCounter(name, options);
}

function observeDistribution(
  name: string,
  { labels, within, sum, count }: Distribution,
  observe: (name: string, value: number, attributes: Labels) => void,
): void {
  for (const one of within) observe(`${name}.bucket`, one.count, { ...labels, le: String(one.bound) });
  observe(`${name}.bucket`, count, { ...labels, le: "+Inf" });
  observe(`${name}.sum`, sum, labels);
  observe(`${name}.count`, count, labels);
}
