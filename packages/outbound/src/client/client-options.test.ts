import { perMinute } from "@sluice/core/engine";
import { memory } from "@sluice/core/memory";
import { describe, expect, it } from "vitest";
import { limiter } from "../limits/make-limiter.ts";
import { createClient } from "./create-client.ts";

const backend = memory();
const least = { name: "api", backend, rate: perMinute(60) };

/** What making a client of these options throws. */
function mistake(options: object): { readonly code?: string; readonly message?: string } {
  try {
    createClient({ ...least, ...options } as Parameters<typeof createClient>[0]);
    return {};
  } catch (error) {
    return error as { code: string; message: string };
  }
}

const units = { rate: perMinute(1_000), estimate: () => 1 };

describe("createClient()", () => {
  it.each<readonly [string, object]>([
    ["SLUICE_OPTION_UNKNOWN", { retries: 3 }],
    ["SLUICE_OPTION_UNKNOWN", { retry: { retries: 3 } }],
    ["SLUICE_OPTION_UNKNOWN", { retry: { budget: { ratio: 1 } } }],
    ["SLUICE_OPTION_UNKNOWN", { breaker: { name: "other" } }],
    ["SLUICE_OPTION_UNKNOWN", { breaker: { threshold: 3 } }],
    ["SLUICE_OPTION_UNKNOWN", { units: { ...units, limit: 3 } }],
    ["SLUICE_OPTION_MISSING", { rate: undefined }],
    ["SLUICE_OPTION_MISSING", { backend: undefined }],
    ["SLUICE_OPTION_MISSING", { name: undefined }],
    ["SLUICE_OPTION_MISSING", { units: { rate: perMinute(1) } }],
    ["SLUICE_OPTION_TYPE", { rate: 60 }],
    ["SLUICE_OPTION_TYPE", { backend: memory }],
    ["SLUICE_OPTION_TYPE", { headers: { "bad name": "x" } }],
    ["SLUICE_OPTION_TYPE", { headers: "x: y" }],
    ["SLUICE_OPTION_TYPE", { timeoutMs: 0 }],
    ["SLUICE_OPTION_TYPE", { timeoutMs: "30s" }],
    ["SLUICE_OPTION_TYPE", { timeoutMs: 2 ** 31 }],
    ["SLUICE_OPTION_TYPE", { bodyTimeoutMs: Number.POSITIVE_INFINITY }],
    ["SLUICE_OPTION_TYPE", { maxWaitMs: -1 }],
    ["SLUICE_OPTION_TYPE", { maxWaitMs: Number.NaN }],
    ["SLUICE_OPTION_TYPE", { rampMs: -1 }],
    ["SLUICE_OPTION_TYPE", { retry: true }],
    ["SLUICE_OPTION_TYPE", { retry: { attempts: 0 } }],
    ["SLUICE_OPTION_TYPE", { retry: { attempts: 1.5 } }],
    ["SLUICE_OPTION_TYPE", { retry: { baseMs: -1 } }],
    ["SLUICE_OPTION_TYPE", { retry: { longestMs: Number.NaN } }],
    ["SLUICE_OPTION_TYPE", { retry: { statuses: [200] } }],
    ["SLUICE_OPTION_TYPE", { retry: { methods: "POST" } }],
    ["SLUICE_OPTION_TYPE", { retry: { budget: { share: 2 } } }],
    ["SLUICE_OPTION_TYPE", { retry: { budget: { reserve: 0.5 } } }],
    ["SLUICE_OPTION_TYPE", { retry: { budget: 3 } }],
    ["SLUICE_OPTION_TYPE", { breaker: true }],
    ["SLUICE_OPTION_TYPE", { breaker: { failureRate: 2 } }],
    ["SLUICE_OPTION_TYPE", { breaker: { probeTimeoutMs: 29_999 } }],
    ["SLUICE_OPTION_TYPE", { breaker: { probeTimeoutMs: 60_000 }, timeoutMs: 60_001 }],
    ["SLUICE_OPTION_TYPE", { with: limiter({ ...least, name: "more" }) }],
    ["SLUICE_OPTION_TYPE", { with: [{}] }],
    ["SLUICE_OPTION_TYPE", { isThrottled: 429 }],
    ["SLUICE_OPTION_TYPE", { fallback: "https://other.example" }],
    ["SLUICE_OPTION_TYPE", { fetch: {} }],
    ["SLUICE_OPTION_TYPE", { time: Date }],
    ["SLUICE_OPTION_TYPE", { idempotencyKeys: "yes" }],
    ["SLUICE_POLICY_NAME", { name: "" }],
    ["SLUICE_POLICY_NAME", { name: "x".repeat(45) }],
    ["SLUICE_BACKEND_UNSUPPORTED", { backend: { ...backend, features: { ...backend.features, delay: false } } }],
    ["SLUICE_BASE_URL", { baseUrl: "api.example.com/v1" }],
    ["SLUICE_BASE_URL", { baseUrl: "" }],
    ["SLUICE_BASE_URL", { baseUrl: "/v1" }],
    ["SLUICE_BASE_URL", { baseUrl: "ftp://api.example.com" }],
    ["SLUICE_BASE_URL", { baseUrl: "https://api.example.com/?key=1" }],
    ["SLUICE_BASE_URL", { baseUrl: "https://ada:secret@api.example.com" }],
  ])("names a mistake as %s: %o", (code, options) => {
    expect(mistake(options).code).toBe(code);
  });

  it("shows no password, and says how it is written", () => {
    const { message = "" } = mistake({ baseUrl: "ftp://ada:secret@api.example.com/v1" });
    expect(message).toContain("ftp://…@api.example.com/v1");
    expect(message).not.toContain("secret");
    expect(message).toContain('Give it as "https://api.example.com/v1"');
  });

  it("takes the longest name whose units are still a limit's", () => {
    expect(mistake({ name: "x".repeat(44), units })).toEqual({});
  });

  it("takes a breaker whose probes are given as long as an attempt, and any where attempts have no end", () => {
    for (const timeoutMs of [5_000, 60_000, 2 ** 31 - 1, Number.POSITIVE_INFINITY]) {
      expect(mistake({ timeoutMs }), `${timeoutMs}`).toEqual({});
    }
    expect(mistake({ timeoutMs: 5_000, breaker: { probeTimeoutMs: 5_000 } })).toEqual({});
    expect(mistake({ timeoutMs: Number.POSITIVE_INFINITY, breaker: { probeTimeoutMs: 1 } })).toEqual({});
  });

  it("lets the rate grow after a pause for half its window, or as long as it is told", async () => {
    const ramps = async (options: object) => {
      const client = createClient({ ...least, backend: memory(), ...options });
      await client.pause({ reason: "x", by: "ada" });
      await client.resume();
      return Math.round(((await client.state()).limits[0]?.rampLeftMs ?? 0) / 1_000);
    };
    expect(await ramps({ rate: perMinute(60) })).toBe(30);
    expect(await ramps({ rate: { ...perMinute(60), windowMs: 8_000 } })).toBe(4);
    expect(await ramps({ rampMs: 12_000 })).toBe(12);
  });
});
