/** Overrides as they are kept: what makes no sense costs the user that one override, and nothing else. */

import type { SluiceError } from "@sluice/core";
import { afterEach, expect, it } from "vitest";
import { limits } from "../../test/administered.ts";
import { closeProcesses, holds, twoProcesses } from "../../test/two-processes.ts";
import { overrides } from "../schema.ts";
import { overridesFrom } from "./overrides-from.ts";

afterEach(closeProcesses);

const kept = (limitName: string, units: number | null) => ({ limitName, units, expiresAtMs: null });

it.each([1.5, -1, 1e15])("leaves out %d units of a limit whose rate throws for it, and says so", (units) => {
  const told: SluiceError[] = [];
  const user = { id: "ada", overrides: [kept("export", units), kept("api", null)] };
  expect(overridesFrom(user, limits, (mistake) => told.push(mistake))).toEqual({ api: { limit: "unlimited" } });
  const message = expect.stringMatching(/override "export" of user "ada" is left out: .*[0-9]/);
  expect(told).toMatchObject([{ code: "SLUICE_PLAN_OVERRIDE", message }]);
});

it("leaves the user the plan and the other overrides", async () => {
  const { here, one, errors } = await twoProcesses();
  const common = { userId: "2", note: "-", grantedBy: "hand", reviewedBy: "hand", createdAtMs: 0, reviewedAtMs: 0 };
  await here.db.insert(overrides).values([
    { ...common, limitName: "export", units: 1.5 },
    { ...common, limitName: "api", units: 1_000 },
  ]);
  const limitsOfBob = ["api", "publicFeed", "export"].map((name) => holds(one, "2", name));
  expect(await Promise.all(limitsOfBob)).toEqual([1_000, 167, "unlimited"]);
  expect(errors).toEqual(["SLUICE_PLAN_OVERRIDE"]);
});
