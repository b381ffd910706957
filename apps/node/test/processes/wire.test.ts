import { networkInterfaces } from "node:os";
import { afterAll, describe, expect, test } from "vitest";
import { type AppProcess, endProcesses, installed, startProcess, stopped } from "../app-process.ts";
import { sendRaw } from "../raw.ts";

afterAll(() => endProcesses());

/** What each server itself refuses, and how; what a runtime's server takes, the app answers. */
const refusals = {
  node: { endlessHeader: 431, control: 400, host: 400, path: 400, latin: 400 },
  bun: { endlessHeader: 431, control: 400, host: 404, path: 505, latin: 404 },
  deno: { endlessHeader: 400, control: 400, host: 404, path: 400, latin: 400 },
} as const;

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

/** Status, fields by their names in small letters, and body of what came back. */
function parsed(answer: string) {
  const [head = "", ...bodies] = answer.split("\r\n\r\n");
  const [line = "", ...fields] = head.split("\r\n");
  const named = fields.map((field) => [
    field.slice(0, field.indexOf(":")).toLowerCase(),
    field.replace(/^[^:]*: */, ""),
  ]);
  const headers = Object.fromEntries(named) as Readonly<Record<string, string>>;
  return { status: Number(line.split(" ")[1]), headers, body: bodies.join("\r\n\r\n") };
}

/** Sends a request line with fields, on a connection that is closed after it. */
const asked = async (port: number, line: string, ...fields: readonly string[]) =>
  parsed(
    await sendRaw(port, [`${line} HTTP/1.1`, "Host: localhost", "Connection: close", ...fields, "", ""].join("\r\n")),
  );

/** The addresses that the request log names. */
async function loggedAddresses(app: AppProcess): Promise<readonly unknown[]> {
  const { code, stdout, stderr } = await stopped(app);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = stdout.split("\n").filter((line) => line.includes('"msg":"request"'));
  return lines.map((line) => JSON.parse(line).address);
}

describe.each(installed)("over the wire of $name", { timeout: 30_000 }, ({ name }) => {
  test("what is not HTTP, and headers without end, are refused", async () => {
    const app = startProcess({}, name);
    const port = await app.listening;
    const { endlessHeader, control, host, path, latin } = refusals[name];
    const feed = "GET /public/free/news";
    const status = async (bytes: string) => parsed(await sendRaw(port, bytes)).status;
    expect((await asked(port, feed, `X-Long: ${"x".repeat(65_536)}`)).status).toBe(endlessHeader);
    expect((await asked(port, feed, "User-Agent: a\0b")).status).toBe(control);
    expect(await status(`${feed} HTTP/1.1\r\nHost: a b/c\r\nConnection: close\r\n\r\n`)).toBe(host);
    expect((await asked(port, "GET /public/\0/news")).status).toBe(path);
    expect((await asked(port, "GET /public/fr\xe9e/news")).status).toBe(latin);
    expect((await asked(port, "GET /%zz?%zz")).status).toBe(404);
    expect(await status("nonsense\r\n\r\n")).toBe(400);
    expect((await asked(port, "POST /api/feeds", "Content-Length: 1", "Content-Length: 2")).status).toBe(400);
    expect((await asked(port, "POST /api/feeds", "Content-Length: 1", "Transfer-Encoding: chunked")).status).toBe(400);
    // Whatever came before, the next one is served.
    expect((await asked(port, feed)).status).toBe(200);
    expect(await stopped(app)).toMatchObject({ code: 0, stderr: "" });
  });

  test("answers have the same fields, with and without a body", async () => {
    const app = startProcess({}, name);
    const port = await app.listening;
    const token = "Authorization: Bearer demo-pro";
    const names = ({ headers }: ReturnType<typeof parsed>, ...but: readonly string[]) =>
      Object.keys(headers)
        .filter((field) => ![...but, "connection", "transfer-encoding"].includes(field))
        .sort();

    const feed = await asked(port, "GET /public/pro/news");
    const headOfFeed = await asked(port, "HEAD /public/pro/news");
    expect(feed.headers["content-length"]).toBe(String(Buffer.byteLength(feed.body)));
    expect(headOfFeed).toMatchObject({ status: 200, body: "" });
    expect(headOfFeed.headers["content-length"]).toBe(feed.headers["content-length"]);
    expect(names(headOfFeed)).toEqual(names(feed));

    const me = await asked(port, "GET /api/me", token);
    const headOfMe = await asked(port, "HEAD /api/me", token);
    expect(me.headers["content-length"]).toBe(String(Buffer.byteLength(me.body)));
    expect(headOfMe).toMatchObject({ status: 200, body: "" });
    expect(headOfMe.headers["content-length"], "either the truth or nothing").toBeUndefined();
    expect(names(headOfMe)).toEqual(names(me, "content-length"));

    const notModified = await asked(port, "GET /public/pro/news", "If-None-Match: *");
    expect(notModified).toMatchObject({ status: 304, body: "" });
    expect(names(notModified)).toEqual(["cache-control", "date", "etag", "last-modified", "vary"]);
    expect(names(await asked(port, "HEAD /public/pro/news", "If-None-Match: *"))).toEqual(names(notModified));

    const preflight = ["Origin: https://reader.example", "Access-Control-Request-Method: GET"];
    const allowed = await asked(port, "OPTIONS /api/me", ...preflight);
    expect(allowed).toMatchObject({ status: 204, body: "" });
    expect(names(allowed)).not.toContain("content-length");
    expect(names(allowed)).not.toContain("ratelimit");

    const elsewhere = await asked(port, "DELETE /api/me", token);
    expect(elsewhere.headers["content-type"]).toBe("application/problem+json");
    expect(await stopped(app)).toMatchObject({ code: 0, stderr: "" });
  });

  test.skipIf(!hasIpv6)("a client is who the connection says, over IPv4 and IPv6, whatever it claims", async () => {
    const app = startProcess({ HOST: "::" }, name);
    const port = await app.listening;
    const headers = { "X-Forwarded-For": "198.51.100.1", "X-Real-IP": "198.51.100.2", Forwarded: "for=198.51.100.3" };
    for (const host of ["127.0.0.1", "[::1]"]) await fetch(`http://${host}:${port}/health`, { headers });
    expect(await loggedAddresses(app)).toEqual(["127.0.0.1", "::1"]);
  });

  test("behind a proxy it is who that says, on however many lines", async () => {
    const app = startProcess({ TRUSTED_PROXIES: "1" }, name);
    const port = await app.listening;
    await asked(port, "GET /health", "X-Forwarded-For: 198.51.100.1, 203.0.113.7");
    await asked(port, "GET /health", "X-Forwarded-For: 203.0.113.8", "X-Forwarded-For: 2001:db8::1");
    await asked(port, "GET /health");
    expect(await loggedAddresses(app)).toEqual(["203.0.113.7", "2001:db8::1", ""]);
  });
});
