/** What core counts and writes for tRPC, put to tRPC itself. */

import { trpc } from "@sluice/core/trpc";
import { initTRPC, TRPCError } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const t = initTRPC.context<{ called: string[] }>().create({ isDev: false });
const procedure = t.procedure.use(({ ctx, path, next }) => {
  ctx.called.push(path);
  return next();
});
const router = t.router({
  a: procedure.query(() => "a"),
  b: t.router({ c: procedure.query(() => "c"), d: procedure.mutation(() => "d") }),
});
const known = ["a", "b.c", "b.d"];

/** What tRPC makes of a request: the calls it sees in it, undefined where it sees none, and the procedures it runs. */
async function resolved(request: Request) {
  let calls: readonly string[] | undefined;
  const called: string[] = [];
  const response = await fetchRequestHandler({
    endpoint: "/trpc",
    req: request,
    router,
    createContext: ({ info }) => {
      calls = info.calls.map(({ path }) => path);
      return { called };
    },
  });
  const text = await response.text();
  return { calls, called, isList: text.startsWith("[") };
}

const { cost, error } = trpc();

async function isList(response: Response): Promise<boolean> {
  return Array.isArray(await response.json());
}

describe("the cost is the number of calls that tRPC sees", () => {
  const piece = fc.constantFrom(
    ...known,
    ",",
    ",",
    "%2C",
    "%2c",
    "%252C",
    "nope",
    "",
    "/",
    ".",
    "%",
    "%FF",
    "%20",
    ";",
  );
  const query = fc.constantFrom("", "?batch=1", "?batch=1", "?batch=0", "?batch", "?batch=0&batch=1", "?x=1,2&batch=1");
  const method = fc.constantFrom("GET", "POST", "PUT", "HEAD");
  const type = fc.constantFrom(
    "application/json",
    "APPLICATION/JSON; charset=utf-8",
    "multipart/form-data",
    "text/plain",
  );
  const body = fc.constantFrom("", "{}", '{"0":1,"1":2,"2":3,"3":4}', "[[[", "[1,2,3]");

  test("in any address, by any method, with any body", async () => {
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), query, method, type, body, async (path, ...rest) => {
        const [search, verb, contentType, text] = rest;
        const make = () => {
          const init = { method: verb, headers: { "Content-Type": contentType } };
          const withBody = verb === "GET" || verb === "HEAD" ? init : { ...init, body: text };
          return new Request(`http://feeds.example/trpc/${path.join("")}${search}`, withBody);
        };
        const { calls, called, isList: asList } = await resolved(make());
        const counted = cost({ request: make() });
        expect(counted).toBeGreaterThanOrEqual(Math.max(1, called.length));
        if (calls === undefined || contentType === "multipart/form-data") return;
        seen++;
        expect(counted).toBe(calls.length);
        expect(await isList(error(make(), 429, "Wait."))).toBe(asList);
      }),
      { numRuns: 1_500 },
    );
    expect(seen).toBeGreaterThan(150);
  });

  test.each<[what: string, path: string, calls: readonly string[]]>([
    ["the same again", "a,a,b.c?batch=1", ["a", "a", "b.c"]],
    ["commas in disguise", "a%2Ca%2cb.c?batch=1", ["a", "a", "b.c"]],
    ["commas in deeper disguise", "a%252Ca?batch=1", []],
    ["names of nobody", "a,nope,,a?batch=1", ["a", "a"]],
    ["a list that is no batch", "a,a", []],
    ["nothing", "?batch=1", []],
  ])("%s", async (_, path, called) => {
    const make = () => new Request(`http://feeds.example/trpc/${path}`);
    const found = await resolved(make());
    expect(found.called).toEqual(called);
    expect(cost({ request: make() })).toBe(found.calls?.length);
  });
});

test.each([
  [400, "BAD_REQUEST"],
  [401, "UNAUTHORIZED"],
  [403, "FORBIDDEN"],
  [404, "NOT_FOUND"],
  [409, "CONFLICT"],
  [413, "PAYLOAD_TOO_LARGE"],
  [429, "TOO_MANY_REQUESTS"],
  [500, "INTERNAL_SERVER_ERROR"],
  [503, "SERVICE_UNAVAILABLE"],
] as const)("an error of status %d is written as tRPC writes it", async (status, code) => {
  const failing = t.router({
    a: t.procedure.query(() => {
      throw new TRPCError({ code, message: "No." });
    }),
  });
  const request = new Request("http://feeds.example/trpc/a");
  const createContext = () => ({ called: [] });
  const theirs = await fetchRequestHandler({ endpoint: "/trpc", req: request, router: failing, createContext });
  const ours = error(request, status, "No.", { path: "a" });
  expect(await ours.json()).toEqual(await theirs.json());
  expect(ours.status).toBe(theirs.status);
  expect(ours.headers.get("Content-Type")).toBe(theirs.headers.get("Content-Type"));
});
