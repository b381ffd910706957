import { expect, test } from "vitest";
import { apiPause } from "./outbound-held.tsx";

test("an API is let go of its own pause, and not of one of a limit that it shares", () => {
  const paused = { reason: "over budget", by: "ada", sinceMs: 1 };
  const [own, shared] = [
    { name: "grok", key: "", limit: 60 },
    { name: "enrichment", key: "", limit: 100, paused },
  ];
  expect(apiPause({ name: "grok", limits: [own, shared] })).toBeUndefined();
  expect(apiPause({ name: "enrichment", limits: [shared] })).toEqual(paused);
  expect(apiPause({ name: "grok", limits: [{ ...own, paused }, shared] })).toEqual(paused);
});
