/** Options of rateLimit(): every mistake is named where it is made, with its cure. */

import { describe, expect, it } from "vitest";
import { memory } from "../backends/memory.ts";
import type { Backend } from "../engine/backend.ts";
import { ConfigError } from "../engine/errors.ts";
import { perMinute } from "../engine/rate.ts";
import type { HeaderFormat } from "../http/headers.ts";
import { byKey } from "../limiters/by-key.ts";
import type { RateLimitOptions } from "./options.ts";
import { rateLimit } from "./rate-limit.ts";

const limiterOf = (name: string) => byKey({ name, key: () => "k", limit: perMinute(60) });
const limiters = [limiterOf("a")];
const fussy: Backend = { ...memory(), name: "fussy", supports: () => "it knows no token-bucket." };
const withFussy = byKey({ name: "a", key: () => "k", limit: perMinute(60), onFailure: fussy });

const wrong: [string, unknown, string][] = [
  ["nothing", undefined, "SLUICE_OPTION_MISSING"],
  ["a limiter instead of options", limiters[0], "SLUICE_OPTION_UNKNOWN"],
  ["no limiters", {}, "SLUICE_OPTION_MISSING"],
  ["an empty list", { limiters: [] }, "SLUICE_OPTION_MISSING"],
  ["a limiter without its list", { limiters: limiters[0] }, "SLUICE_OPTION_TYPE"],
  ["a factory instead of a limiter", { limiters: [byKey] }, "SLUICE_OPTION_TYPE"],
  ["a limiter that is nothing", { limiters: [undefined] }, "SLUICE_OPTION_TYPE"],
  ["two of one name", { limiters: [limiterOf("a"), limiterOf("a")] }, "SLUICE_LIMITER_NAME_TWICE"],
  ["a typing error", { limiters, limitters: [] }, "SLUICE_OPTION_UNKNOWN"],
  ["a backend that is none", { limiters, backend: new Map() }, "SLUICE_OPTION_TYPE"],
  ["a factory instead of a backend", { limiters, backend: memory }, "SLUICE_OPTION_TYPE"],
  ["a backend of null", { limiters, backend: null }, "SLUICE_OPTION_TYPE"],
  ["a backend without supports", { limiters, backend: { consume: () => undefined } }, "SLUICE_OPTION_TYPE"],
  ["a policy the backend cannot serve", { limiters, backend: fussy }, "SLUICE_BACKEND_UNSUPPORTED"],
  ["a policy the fallback cannot serve", { limiters: [withFussy] }, "SLUICE_BACKEND_UNSUPPORTED"],
  ["a header format that is none", { limiters, headers: ["draft-5"] }, "SLUICE_OPTION_TYPE"],
  ["a header format without its list", { limiters, headers: "draft-11" }, "SLUICE_OPTION_TYPE"],
  ["headers as a boolean", { limiters, headers: false }, "SLUICE_OPTION_TYPE"],
  ["headers of null", { limiters, headers: null }, "SLUICE_OPTION_TYPE"],
  ["a format that is nothing", { limiters, headers: [undefined] }, "SLUICE_OPTION_TYPE"],
  ["two forms of one header", { limiters, headers: ["draft-7", "draft-11"] }, "SLUICE_OPTION_TYPE"],
  ["onDenied as a response", { limiters, onDenied: new Response() }, "SLUICE_OPTION_TYPE"],
  ["onDecision as text", { limiters, onDecision: "log" }, "SLUICE_OPTION_TYPE"],
  ["onError as false", { limiters, onError: false }, "SLUICE_OPTION_TYPE"],
  ["log as true", { limiters, log: true }, "SLUICE_OPTION_TYPE"],
];

describe("a mistake", () => {
  it.each(wrong)("%s", (_, options, code) => {
    let error: unknown;
    try {
      rateLimit(options as RateLimitOptions);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).code).toBe(code);
    expect((error as ConfigError).cure).toMatch(/^[A-Z].*\.$/);
  });
});

it.each([[], ["draft-11", "draft-11"], ["x-ratelimit", "draft-6", "draft-11"], ["draft-7", "x-ratelimit"]])(
  "formats may be %s %s %s",
  (...headers) => {
    const formats = headers.filter((one) => typeof one === "string") as HeaderFormat[];
    expect(() => rateLimit({ limiters, headers: formats })).not.toThrow();
  },
);
