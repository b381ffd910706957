import { readFileSync } from "node:fs";
import { prospectSettings } from "@sluice/feeds/settings";
import { describe, expect, test } from "vitest";
import { devArguments } from "../../workers/scripts/dev-arguments.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const ofJobs = ["JOBS", "BOUNCE_WEBHOOK_SECRET", "ALLOW_PRIVATE_FETCH", "METRICS_TOKEN"];

describe.each([...ofJobs, ...prospectSettings])("%s", (name) => {
  test.each(["node", "workers", "docker"])("stands in the README of %s", (app) => {
    expect(read(`${app}/README.md`)).toContain(`\`${name}\``);
  });

  test("is passed on to containers, and to the Worker on one's own machine", () => {
    expect(read("docker/compose.yaml")).toContain(`\n  ${name}: \${${name}:-}\n`);
    expect(devArguments([], { [name]: "x" })).toMatchObject({
      unlisted: ["--var", `${name}:x`],
      vars: { [name]: "x" },
    });
  });
});
