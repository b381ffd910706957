/** The job that finds out what prospects lack, step by step: each finding is written at once, and the row says what comes next. */

import { isSluiceError } from "@sluice/core";
import { LimitError, type LocalTime } from "@sluice/outbound";
import type { Database } from "../database.ts";
import type { Logger } from "../logger.ts";
import { at } from "./answers.ts";
import { type Finding, nextStep, type Prospect, type Step, steps } from "./prospect.ts";
import type { ProspectApis } from "./prospect-apis.ts";
import { duePending, dueUnrecorded, keep, putOff } from "./prospect-records.ts";
import { StepError, type StepTrouble } from "./step-error.ts";

export interface EnrichProspectsDeps {
  readonly db: Database;
  readonly apis: ProspectApis;
  readonly logger: Logger;
  readonly time: LocalTime;
  /**
   * As many are looked after in a run.
   * @default 25: as many as the hour has calls for, where each needs four
   */
  readonly perRun?: number | undefined;
  /**
   * No step is begun any more after so many milliseconds.
   * @default 240_000: before the next run is due
   */
  readonly forMs?: number | undefined;
}

/** What a run has done: findings by their steps, and steps that came to nothing for one prospect. */
export type ProspectsRun = Readonly<Record<"sites" | "addresses" | "verdicts" | "records" | "failed", number>>;

/** A run, and which services refuse us for what only the operator can mend. */
export interface ProspectsOutcome {
  readonly counts: ProspectsRun;
  readonly refused: readonly string[];
}

const countOf = { site: "sites", address: "addresses", verdict: "verdicts", record: "records" } as const;

/** As much trouble in a row, and a service is left alone until the next run. */
const mostTroubles = 3;

/**
 * Works through what is due until nothing is, the hour's calls are used up, the run's share is done, or it is told to stop.
 * Rejects with what the database or the limits' backend failed with: then nobody is asked anything more.
 */
export async function enrichProspects(deps: EnrichProspectsDeps, signal: AbortSignal): Promise<ProspectsOutcome> {
  const { db, apis, logger, time, perRun = 25, forMs = 240_000 } = deps;
  const counts = { sites: 0, addresses: 0, verdicts: 0, records: 0, failed: 0 };
  const refused: string[] = [];
  const open = new Set<Step>(steps.filter((step) => apis.steps[step] !== undefined));
  const troubles = new Map<Step, number>();
  const startedMs = time.now();
  let isFull = false;
  const goesOn = (): boolean => !signal.aborted && !isFull && time.now() - startedMs < forMs;

  /** Looks after one prospect until it is done or has to wait. */
  async function lookAfter(found: Prospect): Promise<void> {
    let prospect = found;
    for (let step = nextStep(prospect); step !== undefined && open.has(step) && goesOn(); step = nextStep(prospect)) {
      const finding = await asked(prospect, step);
      if (finding === undefined) return;
      troubles.delete(step);
      // Gone, or somebody else's by now: then it is not counted.
      if (!(await keep(db, prospect, finding, time.now()))) return;
      counts[countOf[step]]++;
      prospect = { ...prospect, ...finding, failures: 0 };
    }
  }

  /** What a step finds; undefined where somebody has to wait, or the run was told to stop. */
  async function asked(prospect: Prospect, step: Step): Promise<Finding | undefined> {
    try {
      return await apis.steps[step]?.(prospect, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      const trouble = troubleOf(error);
      if (trouble === undefined) throw error;
      await waits(prospect, step, trouble, error);
      return undefined;
    }
  }

  /** Settles who waits: the prospect, its service, or everybody. */
  async function waits(prospect: Prospect, step: Step, trouble: StepTrouble, error: unknown): Promise<void> {
    const because = wordsOf(error);
    if (trouble === "limit") {
      isFull = isAbout(error, apis.clients.enrichment.policy.name);
      open.delete(step);
      if (!isFull) logger.info({ step, because }, "a service gives no place now: its prospects wait");
    } else if (trouble === "operator") {
      open.delete(step);
      refused.push(because);
      logger.error({ step, because }, "a service refuses us: its prospects wait until that is mended");
    } else {
      counts.failed++;
      const inRow = trouble === "service" ? (troubles.get(step) ?? 0) + 1 : 0;
      troubles.set(step, inRow);
      if (inRow >= mostTroubles) open.delete(step);
      if (trouble === "service") {
        const whoWaits = open.has(step) ? "a prospect waits" : "its prospects wait";
        logger.warn({ step, because, code: codeOf(error) }, `a service is in trouble: ${whoWaits}`);
      }
      await putOff(db, prospect, step, { isItsOwn: trouble === "answer", because }, time.now());
    }
  }

  /** Gives who is next in a line. It is formed anew once a service is left alone: those who need another come to the front. */
  function lineOf(due: typeof duePending): () => Promise<Prospect | undefined> {
    let line: Prospect[] | undefined;
    let formedWith = open.size;
    return async () => {
      if (line === undefined || formedWith !== open.size) line = [...(await due(db, open, time.now(), perRun))];
      formedWith = open.size;
      return line.shift();
    };
  }

  // In turns, so that neither waits for the other's end.
  const lines = [lineOf(duePending), lineOf(dueUnrecorded)] as const;
  for (let n = 0; n < perRun && goesOn(); n++) {
    const [first, second] = n % 2 === 0 ? lines : lines.toReversed();
    const prospect = (await first?.()) ?? (await second?.());
    if (prospect === undefined) break;
    await lookAfter(prospect);
  }
  return { counts, refused };
}

/** What kind of trouble an error of a call tells of; undefined for one that is not about the service. */
function troubleOf(error: unknown): StepTrouble | undefined {
  if (error instanceof StepError) return error.trouble;
  if (error instanceof LimitError) return "limit";
  // What fetch rejects with is an error of another kind in each runtime.
  if (!isSluiceError(error)) return "service";
  if (error.code === "SLUICE_CIRCUIT_OPEN") return "limit";
  // A mistake of ours, or the counts cannot be asked: nothing more goes out.
  return error.code === "SLUICE_TIMEOUT" ? "service" : undefined;
}

/** What may be told and logged: a runtime's own words and fields may hold an address with a key in it. */
function wordsOf(error: unknown): string {
  const isOurs = error instanceof StepError || (isSluiceError(error) && error.code !== "SLUICE_TIMEOUT");
  return isOurs ? error.message : "no answer came, or none that ended";
}

/** The kind of a runtime's error, such as ECONNREFUSED. */
function codeOf(error: unknown): string | undefined {
  const code = at(error, "cause", "code") ?? at(error, "code") ?? (error instanceof Error ? error.name : undefined);
  return typeof code === "string" && /^\w{1,60}$/.test(code) ? code : undefined;
}

function isAbout(error: unknown, limit: string): boolean {
  return error instanceof LimitError && error.denial.violations.some(({ name }) => name === limit);
}
