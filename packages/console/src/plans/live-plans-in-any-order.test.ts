/** Live plans under random edits and reads in two processes, against what an administrator is shown. */

import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { free } from "../../test/administered.ts";
import { closeProcesses, holds, type Processes, twoProcesses } from "../../test/two-processes.ts";

afterEach(closeProcesses);

describe("whatever is edited and read in whatever order", () => {
  type Step = { readonly waitMs: number } & (
    | { readonly edit: "plan" | "override" | "move" | "block" | "unblock"; readonly units: number }
    | { readonly read: 0 | 1; readonly user: "1" | "2" }
  );
  const waitMs = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 1_500 }) },
    fc.integer({ min: 1_500, max: 9_000 }),
  );
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({
        waitMs,
        edit: fc.constantFrom("plan", "override", "move", "block", "unblock" as const),
        units: fc.integer({ min: 1, max: 999 }),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        waitMs,
        read: fc.constantFrom(0, 1),
        user: fc.constantFrom("1", "2"),
      }) as fc.Arbitrary<Step>,
    },
  );

  it("no decision goes by a state older than five seconds, and in the process of the edits by none but the newest", {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const { one, two, plans, users, clock } = await twoProcesses();
        // What held from when on, by user.
        const truths: { readonly fromMs: number; readonly of: Readonly<Record<string, unknown>> }[] = [];
        const note = async () => {
          const of = Object.fromEntries(
            await Promise.all(["1", "2"].map(async (id) => [id, (await users.read(id)).limits["api"]?.units])),
          );
          truths.push({ fromMs: clock.ms, of });
        };
        await note();
        for (const step of steps) {
          clock.ms += step.waitMs;
          if ("edit" in step) {
            await editing(plans, users, step, clock.ms);
            await note();
          } else if ("read" in step) {
            const seen = await holds([one, two][step.read] as Processes["one"], step.user);
            const allowed = truths.filter((_, i) => {
              const until = truths[i + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
              return step.read === 0 ? i === truths.length - 1 : until > clock.ms - 5_000;
            });
            expect(allowed.map(({ of }) => of[step.user])).toContain(seen);
          }
        }
        closeProcesses();
      }),
      { numRuns: 40 },
    );
  });
});

async function editing(
  plans: Processes["plans"],
  users: Processes["users"],
  { edit, units }: { readonly edit: string; readonly units: number },
  nowMs: number,
): Promise<void> {
  const { plan, overrides, blocked } = await users.read("1");
  if (edit === "plan") {
    const { version } = await plans.read(plan);
    await plans.update(plan, { ...free, limits: { ...free.limits, api: units } }, version, "root");
  }
  if (edit === "move") await users.setPlan("1", plan === "free" ? "pro" : "free", plan, "root");
  if (edit === "override")
    await users.setOverride("1", "api", { units, note: "n" }, overrides[0]?.version ?? 0, "root");
  if (edit === "block") await users.block("1", nowMs + 100_000_000, "n", "root");
  if (edit === "unblock" && blocked !== undefined) await users.unblock("1", "root");
}
