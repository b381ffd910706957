import { describe, expect, it } from "vitest";
import { isTest, type SourceFile, sources } from "./workspace.ts";

// What wrangler writes is as it writes it.
const isGenerated = (path: string): boolean => path.endsWith("/worker-configuration.d.ts");
const own = sources("{packages,apps,test,scripts}/**/*.{ts,tsx,mjs}").filter(
  ({ path }) => !isTest(path) && !isGenerated(path),
);
const shownOrShipped = own.filter(({ path }) => !path.startsWith("test/") && !path.includes("/testing/"));
const vague = /\/(utils?|types?|common|constants|helpers?|misc|lib)(\.|\/)/;

function lines({ text }: SourceFile): number {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

describe("source files", () => {
  it("are found", () => expect(shownOrShipped.length).toBeGreaterThan(10));

  it("are named after a noun of the field", () => {
    expect(own.map(({ path }) => path).filter((path) => vague.test(path))).toEqual([]);
  });

  it("have at most 250 lines, but for tables of test cases", () => {
    expect(shownOrShipped.filter((file) => lines(file) > 250).map((file) => `${file.path}: ${lines(file)}`)).toEqual(
      [],
    );
  });

  it("open with a sentence a newcomer can read", () => {
    // Before it may stand where JSX comes from: Deno and tsx read that nowhere else.
    const opening = /^(\/\*\* (?:@jsxRuntime automatic )?@jsxImportSource \S+ \*\/\s+)?\/\*\*\s(?!@jsx)[\s\S]*?\*\//;
    expect(own.filter(({ text }) => !opening.test(text)).map(({ path }) => path)).toEqual([]);
  });
});
