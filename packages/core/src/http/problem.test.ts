/** What a refused client reads, for every reason and in both forms. */

import { describe, expect, it } from "vitest";
import { type RefusalReason, refusalAnswer } from "./problem.ts";

const quota = "https://iana.org/assignments/http-problem-types#quota-exceeded";
const reduced = "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity";

const reasons: readonly [RefusalReason, number, string, string][] = [
  ["quota-exceeded", 429, quota, "Too many requests"],
  ["limit-zero", 403, "about:blank", "Not included in your plan"],
  ["blocked", 403, "about:blank", "This account is blocked"],
  ["feed-unavailable", 403, "about:blank", "This feed is not available"],
  ["cost-unknown", 400, "about:blank", "What this request costs cannot be told"],
  ["cost-too-high", 413, "about:blank", "More than the limit allows at once"],
  ["no-address", 403, "about:blank", "The client's address is unknown"],
  ["failed-closed", 503, reduced, "Limits cannot be checked now"],
];

describe.each(reasons)("%s", (reason, status, type, title) => {
  it("as problem details", () => {
    const { headers, body, ...answer } = refusalAnswer({ reason, violatedPolicies: ["api"] }, "problem");
    expect(answer).toEqual({ status });
    expect(headers).toEqual({
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
      "Content-Type": "application/problem+json",
    });
    expect(JSON.parse(body)).toEqual({ type, title, status, detail: `${title} (api).`, "violated-policies": ["api"] });
  });

  it("as text", () => {
    const { status: given, headers, body } = refusalAnswer({ reason, violatedPolicies: ["api"] }, "text");
    expect(given).toBe(status);
    expect(headers["Content-Type"]).toBe("text/plain; charset=utf-8");
    expect(headers["Cache-Control"]).toBe("no-store");
    expect(headers).not.toHaveProperty("Retry-After");
    expect(body).toBe(`${title}.\n`);
  });
});

describe("a wait", () => {
  const refusal = { reason: "quota-exceeded", violatedPolicies: ["api", "ip"] } as const;

  it("is told in whole seconds, rounded up, in the header and in words", () => {
    const { headers, body } = refusalAnswer({ ...refusal, retryAfterMs: 1_001 }, "problem");
    expect(headers["Retry-After"]).toBe("2");
    expect(JSON.parse(body)).toMatchObject({
      detail: "Too many requests (api, ip). Try again in 2 seconds.",
      "violated-policies": ["api", "ip"],
    });
  });

  it("is at least a second, in the singular", () => {
    const { headers, body } = refusalAnswer({ ...refusal, retryAfterMs: 1 }, "text");
    expect(headers["Retry-After"]).toBe("1");
    expect(body).toBe("Too many requests. Try again in 1 second.\n");
  });

  it("is absent where waiting does not help", () => {
    expect(refusalAnswer(refusal, "problem").headers).not.toHaveProperty("Retry-After");
  });
});

it("a policy's name cannot break out of the body", () => {
  const { body } = refusalAnswer({ reason: "quota-exceeded", violatedPolicies: ['"},{"'] }, "problem");
  expect(JSON.parse(body)).toMatchObject({ "violated-policies": ['"},{"'] });
});
