import type { Client } from "@sluice/outbound";
import { describe, expect, test } from "vitest";
import { findAddress } from "./find-address.ts";
import { isMailAddress } from "./mail-address.ts";
import type { Prospect } from "./prospect.ts";
import { verifyAddress } from "./verify-address.ts";

const signal = new AbortController().signal;
const prospect = { id: "1", name: "Northline", site: "https://n.example", email: "a@n.example" } as Prospect;

const answering = (body: string, status = 200): Client =>
  (async () => new Response(status === 204 ? null : body, { status })) as unknown as Client;
const grok = (content: unknown) => JSON.stringify({ choices: [{ message: { content } }] });

const address = (body: string, status?: number) =>
  findAddress(answering(body, status), "grok-4", prospect, signal).catch((error) => error);
const verdict = (body: string, status?: number) =>
  verifyAddress(answering(body, status), "key", prospect, signal).catch((error) => error);

describe("an address", () => {
  test.each([
    ['{"email":"hello@n.example"}', { email: "hello@n.example" }],
    ['```json\n{"email":"hello@n.example"}\n```', { email: "hello@n.example" }],
    ['{"email":null}', { emailState: "none" }],
    ['{"email":""}', { emailState: "none" }],
  ])("is read from %j", async (content, finding) => {
    expect(await address(grok(content))).toEqual(finding);
  });

  test.each([
    "",
    "null",
    "[]",
    "<html>",
    "{}",
    '{"choices":[]}',
    '{"choices":{"0":{"message":{"content":7}}}}',
    grok("hello@n.example"),
    grok("{}"),
    grok('{"email":7}'),
    grok('{"email":"hello"}'),
    grok('{"email":"a@n.example, b@n.example"}'),
    grok('{"email":"a@n.example\\r\\nBcc: b@n.example"}'),
    grok(`{"email":"${"a".repeat(300)}@n.example"}`),
    grok('{"__proto__":{"email":"a@n.example"}}'),
  ])("is not read from %j", async (body) => {
    expect(await address(body)).toMatchObject({ name: "StepError", trouble: "answer" });
  });
});

describe("a verdict", () => {
  test.each([
    ["ok", "valid"],
    ["catch_all", "risky"],
    ["unknown", "risky"],
    ["disposable", "invalid"],
    ["invalid", "invalid"],
  ])("of %s is %s", async (result, emailState) => {
    expect(await verdict(JSON.stringify({ result }))).toEqual({ emailState });
  });

  test.each([
    ['{"result":"error","error":"Apikey not found"}', 200, "operator"],
    ['{"result":"error","error":"Insufficient credits"}', 200, "operator"],
    ['{"result":"error","error":"IP address blocked"}', 200, "operator"],
    ['{"result":"error","error":"Email not specified"}', 200, "answer"],
    ['{"result":"toString"}', 200, "answer"],
    ['{"result":1}', 200, "answer"],
    ["[]", 200, "answer"],
    ["", 204, "answer"],
    ["", 400, "answer"],
    ["", 401, "operator"],
    ["", 402, "operator"],
    ["", 403, "operator"],
    ["", 500, "service"],
  ])("is not read from %s with status %d", async (body, status, trouble) => {
    expect(await verdict(body, status)).toMatchObject({ name: "StepError", trouble });
  });
});

describe("mail addresses", () => {
  test.each(["a@b.example", "first.last+tag@sub.b-c.example", "o'neil@b.example", `${"a".repeat(64)}@b.example`])(
    "%s is one",
    (text) => expect(isMailAddress(text)).toBe(true),
  );
  test.each([
    "",
    "a",
    "a@b",
    "a@@b.example",
    "a b@c.example",
    "a@b..example",
    "a@-b.example",
    "<a@b.example>",
    "a@b.example\n",
    7,
  ])("%j is none", (text) => expect(isMailAddress(text)).toBe(false));
});
