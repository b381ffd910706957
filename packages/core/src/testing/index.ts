/** What proves a backend: the conformance cases and their runner, random histories, a fake clock, a fault injector. */

export type { BlockDetails, Case, ChargeDetails, Need, Subject, Trial } from "./case.ts";
export { cases } from "./cases.ts";
export { type FakeClock, fakeClock, fakeStartMs, onClock, type TestClock } from "./clock.ts";
export { conformance, type Entry, type Suite } from "./conformance.ts";
export { ConformanceError } from "./conformance-error.ts";
export { type Faults, type FaultyBackend, type FaultyOptions, faulty, InjectedFault } from "./faults.ts";
export { type HistoryEntry, type HistoryOptions, histories } from "./histories.ts";
export { type ReferenceBackend, reference } from "./reference.ts";
export { type Tally, table } from "./report.ts";
export { type Algorithm, algorithms, type PolicyShape } from "./shape.ts";
