/** Plants every fault in every target that limits, and demands that a case notices it: a suite that cannot fail proves nothing. */

import { describe, expect, test } from "vitest";
import { noticedBy } from "./cases/noticed-by.ts";
import type { FaultName } from "./faults.ts";
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
  const limiting = targets.filter(({ features, missing }) => features.scope !== "none" && missing === undefined);
  for (const target of limiting.slice(0, 1)) plantNothing(target);
  for (const target of limiting) {
    const { name, backend } = target;
    const plantedIn = `${name} · ${backend}`;
    describe(`${plantedIn} · with a mistake planted`, { meta: { plantedIn } }, () => {
      for (const fault of Object.keys(noticedBy) as FaultName[]) {
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

/** What a mistake is noticed by has to pass without one, built in the same way: else it is the build that is noticed. */
function plantNothing(target: Target): void {
  test(`${target.name} · ${target.backend} · passes with nothing planted`, { timeout }, async () => {
    const all = [...new Set(Object.values(noticedBy).flat())].map((title) => ({
      title,
      found: caseFor(title, target),
    }));
    const put = all.flatMap(({ title, found }) => (found === undefined ? [] : [{ title, ...found }]));
    for (const some of Map.groupBy(put, ({ boot }) => JSON.stringify(boot)).values()) {
      const running = await target.boot({ ...some[0]?.boot, fault: "nothing" });
      try {
        for (const { title } of some) await runCase(title, target, running);
      } finally {
        await running.stop();
      }
    }
  });
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
