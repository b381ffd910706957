/** Tells of a recorder's troubles: once when they begin, once when they end. */

import { SluiceError } from "@sluice/core";

export type Report = (error: unknown) => void;

/** What is told, and when. */
export interface RecorderReports {
  failed(cause: unknown): void;
  written(): void;
  /** How much has been left out since the start, by kind; called now and then. */
  dropped(soFar: Readonly<Record<string, number>>): void;
  /** A mistake of whoever hears of rows or tells of plans, once. */
  mistake(error: unknown): void;
}

export function recorderReports(onError: Report): RecorderReports {
  let isFailing = false;
  let isMistaken = false;
  let before = 0;
  let told: { readonly from: number } | undefined;
  const tell = (error: unknown): void => {
    try {
      onError(error);
    } catch {
      // Whoever cannot hear of it must not keep requests or rows waiting.
    }
  };
  return {
    failed(cause) {
      if (isFailing) return;
      isFailing = true;
      const reason = cause instanceof Error ? cause.message : String(cause);
      tell(new SluiceError("SLUICE_RECORDS_FAILED", `records cannot be written (${reason}); they wait`, { cause }));
    },
    written() {
      if (!isFailing) return;
      isFailing = false;
      tell(new SluiceError("SLUICE_RECORDS_RECOVERED", "records are written again"));
    },
    dropped(soFar) {
      const sum = Object.values(soFar).reduce((total, count) => total + count, 0);
      if (sum > before && told === undefined) {
        told = { from: before };
        tell(
          new SluiceError("SLUICE_RECORDS_DROPPED", `more happens than is recorded: ${listed(soFar)} left out so far`),
        );
      } else if (sum === before && told !== undefined) {
        tell(new SluiceError("SLUICE_RECORDS_DROPPED", `everything is recorded again: ${sum - told.from} left out`));
        told = undefined;
      }
      before = sum;
    },
    mistake(error) {
      if (isMistaken) return;
      isMistaken = true;
      tell(error);
    },
  };
}

function listed(counts: Readonly<Record<string, number>>): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.map(([kind, count]) => `${count} ${kind}`).join(", ");
}
