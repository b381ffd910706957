import { afterEach, expect, test, vi } from "vitest";
import { consoleLogger } from "./logger.ts";

afterEach(() => vi.restoreAllMocks());

test("writes the lines that pino writes, whatever the level, and of errors nothing that hangs on them", () => {
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  const logger = consoleLogger();
  const err = Object.assign(new TypeError("no answer"), { code: "SLUICE_X", request: { token: "s3cr3t" } });
  logger.info({ path: "/api/me", rows: 1n }, "request");
  logger.warn({}, "denied");
  logger.error({ err, msg: "not mine" }, "the backend fails");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { level: 30, time: expect.any(Number), path: "/api/me", rows: "1", msg: "request" },
    { level: 40, time: expect.any(Number), msg: "denied" },
    {
      level: 50,
      time: expect.any(Number),
      err: { type: "TypeError", code: "SLUICE_X", message: "no answer", stack: expect.stringContaining("no answer") },
      msg: "the backend fails",
    },
  ]);
  expect(lines.join()).not.toContain("s3cr3t");
});
