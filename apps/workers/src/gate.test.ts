import { type Backend, type Charge, perMinute, policy } from "@sluice/core";
import { rateLimitBindings } from "@sluice/core/cloudflare";
import { memory } from "@sluice/core/memory";
import { layered } from "@sluice/core/resilience";
import { expect, test } from "vitest";
import { openGate } from "./gate.ts";

/** A ceiling of 100 in front of exact counts, and what was asked and logged. */
function stand(answer: () => Promise<{ success: boolean }>) {
  const asked: string[] = [];
  const log: string[] = [];
  const binding = {
    limit: ({ key }: { readonly key: string }) => {
      asked.push(key);
      return answer();
    },
  };
  const ceilings = rateLimitBindings({ ceilings: [{ name: "C", binding, limit: 100, period: 60, policies: ["api"] }] });
  const warn = (_: object, message: string): void => void log.push(message);
  const backend: Backend = layered(openGate(ceilings, { info() {}, warn, error() {} }), memory());
  return { backend, asked, log };
}

const charge = (limit: number): Charge => ({ policy: policy("api", perMinute(limit)), key: "api:1", cost: 1 });

test("a flood is denied by the ceiling, and the exact limits hold below it", async () => {
  let left = 3;
  const { backend, asked } = stand(async () => ({ success: left-- > 0 }));
  const answers = [];
  for (let n = 0; n < 4; n++) answers.push(await backend.consume([charge(2)]));
  expect(answers.map(({ allowed }) => allowed)).toEqual([true, true, false, false]);
  expect(answers[0]?.decisions[0]?.remaining).toBe(1);
  expect(answers[3]?.retryAfterMs).toBe(60_000);
  expect(asked).toHaveLength(4);
});

test("a ceiling that fails leaves exact limits as they are, and is told of once", async () => {
  const { backend, log } = stand(() => Promise.reject(new Error("gone")));
  const answers = [];
  for (let n = 0; n < 3; n++) answers.push(await backend.consume([charge(2)]));
  expect(answers.map(({ allowed }) => allowed)).toEqual([true, true, false]);
  expect(answers[0]?.decisions[0]).toMatchObject({ charged: 1, remaining: 1 });
  expect(log).toEqual([expect.stringMatching(/SLUICE_BACKEND_FAILED: backend cloudflare failed .*binding C/)]);
});

test("a policy that may admit more than its ceiling is served, and its ceiling not asked", async () => {
  const { backend, asked } = stand(async () => ({ success: false }));
  expect(backend.supports(charge(51).policy)).toBeUndefined();
  expect(await backend.consume([charge(51)])).toMatchObject({ allowed: true, decisions: [{ remaining: 50 }] });
  expect(asked).toEqual([]);
  expect(await backend.consume([charge(50)])).toMatchObject({ allowed: false });
});
