/** Plants every fault in every target that limits, and demands that a case notices it: a suite that cannot fail proves nothing. */

import { describe, expect, test } from "vitest";
import { noticedBy } from "./cases/noticed-by.ts";
import { type FaultName, faults } from "./faults.ts";
import { caseFor, runCase } from "./suite.ts";
import type { BootOptions, Target } from "./target.ts";

declare module "vitest" {
  interface TaskMeta {
    /** Which target and backend scripts/totals-reporter.ts counts the mistakes to. */
    plantedIn?: string;
  }
}

/** A boot, and waiting for a fresh window of the clock. */
const timeout = 180_000;

/** Declares a test for each fault and target; where there is nothing to be limited, nothing can be noticed. */
export function planted(targets: readonly Target[]): void {
  for (const target of targets) {
    const { name, backend, features, missing } = target;
    if (features.scope === "none" || missing !== undefined) continue;
    const plantedIn = `${name} · ${backend}`;
    describe(`${plantedIn} · with a mistake planted`, { meta: { plantedIn } }, () => {
      for (const fault of Object.keys(faults) as FaultName[]) {
        test(`is noticed: ${fault}`, { timeout }, async ({ skip }) => {
          const cases = noticedBy[fault].flatMap((title) => {
            const found = caseFor(title, target);
            return found === undefined ? [] : [{ title, ...found }];
          });
          if (cases.length === 0) skip("what would notice it cannot be asked of this backend");
          const noticed: string[] = [];
          for (const { title, boot } of cases) {
            if (noticed.length === 0 && (await isNoticed(title, target, { ...boot, fault }))) noticed.push(title);
          }
          expect(noticed, `one of ${cases.map(({ title }) => title).join(" | ")}`).not.toEqual([]);
        });
      }
    });
  }
}

/** Whether the case fails by what it expects; that it cannot even be run proves nothing. */
async function isNoticed(title: string, target: Target, boot: BootOptions): Promise<boolean> {
  const running = await target.boot(boot);
  try {
    await runCase(title, target, running);
    return false;
  } catch (error) {
    if ((error as Error).name === "AssertionError") return true;
    throw error;
  } finally {
    await running.stop();
  }
}
