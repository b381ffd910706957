/** Puts every case to every target that a test file names: one test for each, and one boot for cases that can share it. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Case, worldOf } from "./cases/case.ts";
import { cases } from "./cases/cases.ts";
import type { Put } from "./report.ts";
import type { BootOptions, Running, Target } from "./target.ts";

declare module "vitest" {
  interface TaskMeta {
    /** What scripts/totals-reporter.ts puts into the table of targets. */
    put?: Put;
  }
}

/** Containers are built at the first boot, and waiting for a window takes up to a minute. */
const bootTimeout = 300_000;
const caseTimeout = 120_000;

/** Declares the tests. */
export function suite(targets: readonly Target[]): void {
  for (const target of targets) {
    const { name, backend, missing } = target;
    const put: Put = { target: name, backend, missing, unasked: missing ? [] : unasked(target) };
    describe(`${name} · ${backend}`, { meta: { put } }, () => {
      if (missing === undefined) putCases(target);
      else declareMissing(target, missing);
    });
  }
}

/** A promise of CI is kept or broken; elsewhere it is said what is missing. */
function declareMissing({ name, backend }: Target, missing: string): void {
  test("can run on this machine", ({ skip }) => {
    if (process.env["CI"] === "true") expect.fail(`${name} with ${backend} cannot run here: ${missing}`);
    skip(missing);
  });
}

function putCases(target: Target): void {
  const put = cases.filter(({ applies }) => applies?.(target) === undefined);
  for (const [title, shared] of Map.groupBy(put, (one) => titleOf(bootOf(one, target)))) {
    describe(title, () => {
      let running: Running | undefined;
      beforeAll(async () => {
        running = await target.boot(bootOf(shared[0] as Case, target));
      }, bootTimeout);
      afterAll(() => running?.stop(), bootTimeout);
      // What breaks the backend comes last.
      for (const one of shared.toSorted((a, b) => Number(a.breaks ?? false) - Number(b.breaks ?? false))) {
        test(one.name, { timeout: caseTimeout }, async ({ skip }) => {
          const booted = running as Running;
          if (one.breaks && booted.outage === undefined) skip("its backend cannot be made to fail here");
          await one.run(worldOf(target, booted));
        });
      }
    });
  }
}

/** Runs one case against a target that is booted already, as a planted fault does. Throws what the case throws. */
export async function runCase(name: string, target: Target, running: Running): Promise<void> {
  const found = cases.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no case "${name}"`);
  const reason = found.applies?.(target);
  if (reason !== undefined) throw new Error(`"${name}" is not put to ${target.name} with ${target.backend}: ${reason}`);
  await found.run(worldOf(target, running));
}

/** The case of this name, and how the target has to be booted for it; undefined where it is not put to this target. */
export function caseFor(name: string, target: Target): { readonly boot: BootOptions } | undefined {
  const found = cases.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no case "${name}"`);
  return found.applies?.(target) === undefined ? { boot: bootOf(found, target) } : undefined;
}

/** With every default written out, so that equal boots are seen to be equal. */
function bootOf({ boot = {} }: Case, { name }: Target): BootOptions & { readonly proxied: boolean } {
  // A container sees all its clients at one address, unless a proxy tells them apart; Workers are always behind one.
  const byDefault = name === "docker" || name === "workers";
  return { instances: boot.instances ?? 1, proxied: boot.proxied ?? byDefault };
}

function titleOf({ instances, proxied }: BootOptions): string {
  return `${instances === 2 ? "two instances" : "one instance"}, ${proxied ? "behind a proxy" : "reached directly"}`;
}

function unasked(target: Target): Put["unasked"] {
  return cases.flatMap(({ name, applies }) => {
    const reason = applies?.(target);
    return reason === undefined ? [] : [{ name, reason }];
  });
}
