import { describe, expect, it } from "vitest";
import { run } from "./command.ts";
import { paths } from "./workspace.ts";

describe("lint and format", () => {
  it("have nothing to say", async () => {
    const { code, output } = await run("biome", ["check", "--error-on-warnings", "--max-diagnostics=50"]);
    expect(code, output).toBe(0);
  });
});

describe("types", () => {
  const projects = paths("{.,*,*/*,*/*/*}/tsconfig*.json").filter((path) => !path.endsWith("tsconfig.base.json"));

  it.each(projects)("are right in %s", async (project) => {
    const { code, output } = await run("tsc", ["-p", project]);
    expect(code, output).toBe(0);
  });
});
