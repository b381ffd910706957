/** Says what failed in a vitest run, and what passed only at its second attempt, in a few lines each. */

import { relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { TestError } from "vitest";
import type { TestCase, TestModule, TestSuite } from "vitest/node";

/** Something that went wrong in a run: where, and the beginning of each error. */
interface Failure {
  readonly where: string;
  readonly errors: readonly TestError[];
}

/** Everything that failed: tests, files and hooks around them, and errors that nobody awaited. Empty in a run that passed. */
export function failures(modules: readonly TestModule[], unhandled: readonly TestError[]): Failure[] {
  return [
    ...modules.flatMap((module) => [
      ...around(module),
      ...[...module.children.allSuites()].flatMap(around),
      ...[...module.children.allTests()].flatMap(unfinishedOrFailed),
    ]),
    ...unhandled.map((error) => ({ where: "outside every test", errors: [error] })),
  ];
}

/** Tests that failed and then passed, where the project tries twice: they are to be mended, although the run has passed. */
export function passedLater(modules: readonly TestModule[]): Failure[] {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  return tests.flatMap((test) =>
    test.diagnostic()?.flaky === true ? [{ where: pathOf(test), errors: test.result().errors ?? [] }] : [],
  );
}

/** A list under a heading, short enough to stand at the end of a log; nothing for an empty list. */
export function told(heading: string, all: readonly Failure[], most = 40): string {
  if (all.length === 0) return "";
  // Two attempts mostly fail alike.
  const said = (errors: readonly TestError[]): string => [...new Set(errors.map(summary))].join("");
  const lines = all.slice(0, most).map(({ where, errors }) => `  - ${where}\n${said(errors)}`);
  const rest = all.length > most ? `  … and ${all.length - most} more\n` : "";
  return `${heading}\n${lines.join("")}${rest}`;
}

/** A file that cannot be imported or a hook that throws is one failure, beside the tests it kept from running. */
function around(collection: TestModule | TestSuite): Failure[] {
  const errors = collection.errors();
  return errors.length > 0 ? [{ where: pathOf(collection), errors }] : [];
}

function unfinishedOrFailed(test: TestCase): Failure[] {
  const { state, errors } = test.result();
  return state === "failed" || state === "pending" ? [{ where: pathOf(test), errors: errors ?? [] }] : [];
}

function pathOf(one: TestCase | TestSuite | TestModule): string {
  const { project, relativeModuleId } = one.type === "module" ? one : one.module;
  return [project.name, relativeModuleId, ...(one.type === "module" ? [] : [one.fullName])].join(" · ");
}

/** The beginning of an error, and the first line of its stack outside of dependencies, which tells where to look. */
function summary({ message, diff, stacks }: TestError): string {
  const lines = stripVTControlCharacters([message, diff].join("\n")).trim().slice(0, 1_000).split("\n").slice(0, 12);
  const frame = stacks?.find((one) => !one.file.includes("node_modules"));
  const place = frame ? [`at ${relative(process.cwd(), frame.file)}:${frame.line}`] : [];
  return [...lines, ...place].map((line) => `      ${line}\n`).join("");
}
