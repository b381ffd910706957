import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { hasRedis } from "./redis.ts";
import { fixture, readOnlyToken, token } from "./upstash-front-fixture.ts";

const base64 = { "upstash-encoding": "base64" };
const encoded = (text: string) => Buffer.from(text).toString("base64");

describe.skipIf(!hasRedis)("the front, spoken to by hand", () => {
  const at = fixture();
  const answer = async (path: string, body: unknown, headers?: Record<string, string>) => {
    const response = await at.post(path, body, headers);
    return { status: response.status, body: (await response.json()) as { result: unknown }[] & { result: unknown } };
  };

  it("runs one command", async () => {
    expect(await answer("/", ["SET", "k", "v"])).toEqual({ status: 200, body: { result: "OK" } });
    expect(await answer("/", ["get", "k"])).toEqual({ status: 200, body: { result: "v" } });
    expect(await answer("/", ["GET", "absent"])).toEqual({ status: 200, body: { result: null } });
    expect(await answer("/", ["INCR", "n"])).toEqual({ status: 200, body: { result: 1 } });
  });

  it("answers a command that fails with 400 and the server's own words", async () => {
    await answer("/", ["SET", "text", "x"]);
    expect(await answer("/", ["INCR", "text"])).toEqual({
      status: 400,
      body: { error: "ERR value is not an integer or out of range" },
    });
    expect(await answer("/", ["NONSENSE"])).toMatchObject({ status: 400 });
    expect(await answer("/", ["EVALSHA", "0".repeat(40), 0])).toEqual({
      status: 400,
      body: { error: "NOSCRIPT No matching script. Please use EVAL." },
    });
  });

  it("answers every item of a pipeline by itself, in order", async () => {
    const commands = [
      ["SET", "p", "1"],
      ["LPUSH", "p", "x"],
      ["INCR", "p"],
      ["SUBSCRIBE", "c"],
    ];
    const { status, body } = await answer("/pipeline", commands);
    expect(status).toBe(200);
    expect(body).toMatchObject([
      { result: "OK" },
      { error: expect.stringMatching(/^WRONGTYPE/) },
      { result: 2 },
      { error: expect.stringMatching(/^ERR Command is not available/) },
    ]);
  });

  it("runs a transaction that has an error within, and none of one that cannot run", async () => {
    const { status, body } = await answer("/multi-exec", [
      ["SET", "t", "1"],
      ["LPUSH", "t", "x"],
      ["INCR", "t"],
    ]);
    expect(status).toBe(200);
    expect(body).toMatchObject([{ result: "OK" }, { error: expect.stringMatching(/^WRONGTYPE/) }, { result: 2 }]);

    const discarded = await answer("/multi-exec", [["SET", "t", "9"], ["INCR"]]);
    expect(discarded).toMatchObject({ status: 400, body: { error: expect.stringMatching(/^EXECABORT/) } });
    expect(await answer("/", ["GET", "t"])).toMatchObject({ body: { result: "2" } });
  });

  it("lets no other request into a transaction", async () => {
    const increments = Array.from({ length: 20 }, () => ["INCR", "shared"]);
    const read = ["GET", "shared"];
    const both = await Promise.all([1, 2, 3].map(() => answer("/multi-exec", [read, ...increments, read])));
    for (const { body } of both) {
      const [first, last] = [body[0]?.result, body.at(-1)?.result];
      expect(Number(last) - Number(first ?? 0)).toBe(20);
    }
  });

  it("puts strings into base64, at any depth, and leaves numbers, null and OK", async () => {
    const script = "return {'a', 1, false, {'b', {'OK', 2}}}";
    expect((await answer("/", ["EVAL", script, 0], base64)).body).toEqual({
      result: [encoded("a"), 1, null, [encoded("b"), [encoded("OK"), 2]]],
    });
    expect((await answer("/", ["SET", "k", "v"], base64)).body).toEqual({ result: "OK" });
    expect((await answer("/", ["GET", "k"], base64)).body).toEqual({ result: encoded("v") });
    expect((await answer("/pipeline", [["PING"], ["LPUSH", "k", 1]], base64)).body).toMatchObject([
      { result: encoded("PONG") },
      { error: expect.stringMatching(/^WRONGTYPE/) },
    ]);
  });

  it("answers whole numbers exactly, as far as JSON can", async () => {
    const script = "return {9007199254740991, -9007199254740991, 1e15}";
    expect((await answer("/", ["EVAL", script, 0], base64)).body).toEqual({
      result: [9007199254740991, -9007199254740991, 1e15],
    });
  });

  it("keeps replies as the server gives them: no object for a hash", async () => {
    await answer("/", ["HSET", "h", "field", "value"]);
    expect((await answer("/", ["hgetall", "h"])).body).toEqual({ result: ["field", "value"] });
  });

  it("makes strings of arguments that are none", async () => {
    await answer("/", ["RPUSH", "args", 1.5, true, null, { a: 1 }]);
    expect((await answer("/", ["LRANGE", "args", 0, -1])).body).toEqual({ result: ["1.5", "true", "null", '{"a":1}'] });
  });

  it("takes the token from the header or the address, and refuses any other", async () => {
    const asked = { method: "POST", body: '["PING"]' };
    expect((await fetch(`${at.front.url}/?_token=${token}`, asked)).status).toBe(200);
    for (const headers of [{}, { authorization: "Bearer wrong" }, { authorization: token }]) {
      const response = await fetch(`${at.front.url}/pipeline`, { ...asked, headers });
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual({ error: "WRONGPASS invalid or missing auth token" });
    }
  });

  it("lets the second token only read", async () => {
    const headers = { authorization: `Bearer ${readOnlyToken}` };
    expect((await answer("/", ["GET", "k"], headers)).status).toBe(200);
    for (const command of [
      ["SET", "k", "v"],
      ["EVALSHA", "0".repeat(40), 0],
    ]) {
      expect(await answer("/", command, headers)).toMatchObject({
        status: 400,
        body: { error: expect.stringMatching(/^NOPERM/) },
      });
    }
  });

  it("understands the path style", async () => {
    const get = async (path: string, init: RequestInit = {}) => {
      const headers = { authorization: `Bearer ${token}` };
      return await (await fetch(at.front.url + path, { headers, ...init })).json();
    };
    expect(await get("/set/path/a%2Fb?EX=100")).toEqual({ result: "OK" });
    expect(await get("/get/path")).toEqual({ result: "a/b" });
    expect(await get("/ttl/path")).toEqual({ result: 100 });
    expect(await get("/set/path", { method: "POST", body: "from the body" })).toEqual({ result: "OK" });
    expect(await get("/get/path")).toEqual({ result: "from the body" });
  });

  it("refuses what it cannot read, and methods it does not have", async () => {
    for (const [path, body] of [
      ["/", "{"],
      ["/", "[]"],
      ["/", "[[1]]"],
      ["/pipeline", "[]"],
      ["/multi-exec", '["GET"]'],
    ]) {
      expect(await answer(path as string, body)).toMatchObject({ status: 400, body: { error: expect.any(String) } });
    }
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${at.front.url}/pipeline`, { headers })).status).toBe(405);
    expect((await fetch(`${at.front.url}/get/k`, { headers, method: "DELETE" })).status).toBe(405);
  });

  it("gives a new sync token with every answer", async () => {
    const tokens = await Promise.all(
      [1, 2].map(async () => (await at.post("/", ["PING"])).headers.get("upstash-sync-token")),
    );
    expect(new Set(tokens).size).toBe(2);
    expect(tokens).not.toContain(null);
  });

  it("reports requests with what they carried", async () => {
    await answer("/pipeline", [
      ["SET", "k", 7],
      ["GET", "k"],
    ]);
    expect(at.front.requests().at(-1)).toMatchObject({
      method: "POST",
      path: "/pipeline",
      headers: { authorization: `Bearer ${token}` },
      commands: [
        ["SET", "k", "7"],
        ["GET", "k"],
      ],
      aborted: false,
    });
  });
});

describe.skipIf(!hasRedis)("scripts with key locking", () => {
  const at = fixture();
  const shebang = "#!lua flags=allow-key-locking\n";
  const run = async (...command: readonly unknown[]) => (await (await at.post("/", command)).json()) as object;
  const sha = (text: string) => createHash("sha1").update(text).digest("hex");

  it("go by the SHA of the client's text", async () => {
    const script = `${shebang}return redis.call('INCR', KEYS[1])`;
    expect(await run("EVALSHA", sha(script), 1, "n")).toEqual({ error: expect.stringMatching(/^NOSCRIPT/) });
    expect(await run("EVAL", script, 1, "n")).toEqual({ result: 1 });
    expect(await run("EVALSHA", sha(script), 1, "n")).toEqual({ result: 2 });
    expect(await run("evalsha", sha(script).toUpperCase(), 1, "n")).toEqual({ result: 3 });
    expect(await run("SCRIPT", "EXISTS", sha(script), "0".repeat(40))).toEqual({ result: [1, 0] });
    expect(await run("SCRIPT", "FLUSH")).toEqual({ result: "OK" });
    expect(await run("EVALSHA", sha(script), 1, "n")).toEqual({ error: expect.stringMatching(/^NOSCRIPT/) });
    expect(await run("SCRIPT", "LOAD", script)).toEqual({ result: sha(script) });
    expect(await run("EVALSHA", sha(script), 1, "n")).toEqual({ result: 4 });
  });

  it("keep their other flags", async () => {
    const script = "#!lua flags=no-writes,allow-key-locking\nreturn redis.call('SET', KEYS[1], 1)";
    expect(await run("EVAL", script, 1, "k")).toEqual({
      error: expect.stringContaining("Write commands are not allowed"),
    });
  });

  it("may touch only declared keys, and have touched none when they are refused", async () => {
    const script = `${shebang}redis.call('SET', KEYS[1] .. ':more', 'x') return 1`;
    const refusal = { error: expect.stringMatching(/^ERR Dynamic keys are not allowed/) };
    expect(await run("EVAL", script, 1, "declared")).toEqual(refusal);
    expect(await run("EXISTS", "declared:more")).toEqual({ result: 0 });
    expect(await run("EVAL", script, 2, "declared", "declared:more")).toEqual({ result: 1 });
    expect(await run("EVAL", `${shebang}return redis.call('MGET', KEYS[1], 'b')`, 1, "a")).toEqual(refusal);
    expect(await run("EVAL", `${shebang}return redis.pcall('GET', 'b')`, 1, "a")).toEqual(refusal);
    expect(await run("EVAL", `${shebang}return redis.call('FLUSHALL')`, 0)).toEqual({
      error: expect.stringMatching(/^ERR FLUSHALL is not allowed/),
    });
    // Without the flag Upstash locks everything instead, and any key may be touched.
    expect(await run("EVAL", "return redis.call('SET', 'other', 1)", 0)).toEqual({ result: "OK" });
  });

  it("fail by the line of the client's text", async () => {
    const script = `${shebang}local a = 1\nerror('here')`;
    expect(await run("EVAL", script, 0)).toEqual({ error: expect.stringContaining("user_script:3: here") });
  });

  it("may call what touches no key, and use the rest of redis", async () => {
    expect(await run("EVAL", `${shebang}return #redis.call('TIME')`, 0)).toEqual({ result: 2 });
    expect(await run("EVAL", `${shebang}return redis.sha1hex('')`, 0)).toEqual({ result: sha("") });
    expect(await run("EVAL", `${shebang}return redis.status_reply('FINE')`, 0)).toEqual({ result: "FINE" });
  });
});
