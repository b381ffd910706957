/** What is wrong with a request, as a sentence: zod/mini brings none, to be small. */

import type * as z from "zod/mini";

export type Issue = z.core.$ZodIssue;

/** Where it is wrong, as the API calls it: `limits.api`. Empty for the whole. */
export function fieldOf(issue: Issue): string {
  const path = issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0] ?? ""] : issue.path;
  return path.map(String).join(".").slice(0, 100);
}

/** `where` is what was read: the body, the query or the path. */
export function sentenceOf(issue: Issue, where: string): string {
  const field = fieldOf(issue);
  const name = field === "" ? `The ${where === "json" ? "body" : where}` : field;
  return `${name} ${wrong(issue)}.`;
}

function wrong(issue: Issue): string {
  switch (issue.code) {
    case "unrecognized_keys":
      return "is no field of this request";
    case "too_small":
      if (issue.origin === "string" && issue.minimum === 1) return "has to be filled in";
      return `has to ${amount(issue.origin, "at least", issue.minimum)}`;
    case "too_big":
      return `has to ${amount(issue.origin, "at most", issue.maximum)}`;
    case "invalid_value":
      return `has to be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    case "invalid_type":
      return `has to be ${kinds[issue.expected] ?? issue.expected}`;
    case "invalid_union":
      return unionOf(issue);
    default:
      return "makes no sense";
  }
}

/** Of a number or "unlimited": what the number lacks, if one was sent. */
function unionOf(issue: z.core.$ZodIssueInvalidUnion): string {
  const [closest] = issue.errors.flat().filter(({ code }) => code === "too_small" || code === "too_big");
  if (closest !== undefined) return wrong(closest as Issue);
  return `has to be ${[...new Set(issue.errors.flat().map((each) => wrong(each as Issue).replace(/^has to be /, "")))].join(" or ")}`;
}

/** "be at most 5", "have at least 2 entries". */
function amount(origin: string, bound: string, number: number | bigint): string {
  const words = `${bound} ${number.toLocaleString("en")}`;
  const unit = origin === "string" ? "characters" : origin === "array" ? "entries" : undefined;
  return unit === undefined ? `be ${words}` : `have ${words} ${unit}`;
}

const kinds: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
  nonoptional: "there",
};
