import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import { publicFetch } from "../src/public-fetch.ts";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A server on loopback, which is as private as an address can be. */
async function serving(listener: RequestListener) {
  const seen: string[] = [];
  let open = 0;
  const server = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method} ${incoming.headers.host}${incoming.url}`);
    listener(incoming, outgoing);
  });
  server.on("connection", (socket) => {
    open++;
    socket.once("close", () => open--);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, url: `http://127.0.0.1:${port}/`, seen, open: () => open };
}

/** Resolves every name to these, one list after the other. */
function resolving(...answers: readonly (readonly string[])[]) {
  const asked: string[] = [];
  const resolve: NonNullable<Parameters<typeof publicFetch>[0]["resolve"]> = (hostname, _, callback) => {
    const addresses = answers[Math.min(asked.push(hostname), answers.length) - 1] ?? [];
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );
  };
  return { asked, resolve };
}

const any = publicFetch({ allowPrivate: true });
const only = publicFetch({ allowPrivate: false });

describe("from public addresses only", () => {
  test("what a name resolves to is checked, all of it, and nothing is sent", async () => {
    const { port, seen, open } = await serving((_, outgoing) => outgoing.end("secret"));
    for (const addresses of [
      ["127.0.0.1"],
      ["::1"],
      ["8.8.8.8", "127.0.0.1"],
      ["::ffff:127.0.0.1"],
      ["169.254.169.254"],
      [],
    ]) {
      const { resolve, asked } = resolving(addresses);
      const call = publicFetch({ allowPrivate: false, resolve })(`http://news.example:${port}/`);
      await expect(call, addresses.join()).rejects.toMatchObject({ name: "RefusedAddressError" });
      expect(asked).toEqual(["news.example"]);
    }
    expect(seen).toEqual([]);
    expect(open()).toBe(0);
  });

  test("what was checked is connected to: nobody asks a second time", async () => {
    const { port, seen } = await serving((_, outgoing) => outgoing.end("secret"));
    // Public when it is checked, loopback for whoever would ask again. Nothing answers at that public address.
    const { resolve, asked } = resolving(["192.88.98.1"], ["127.0.0.1"]);
    const signal = AbortSignal.timeout(300);
    await expect(
      publicFetch({ allowPrivate: false, resolve })(`http://news.example:${port}/`, { signal }),
    ).rejects.toThrow();
    expect(asked).toEqual(["news.example"]);
    expect(seen).toEqual([]);
  });

  test.each([
    "http://127.0.0.1:1/",
    "http://0x7f.1:1/",
    "http://[::1]:1/",
    "http://[::ffff:7f00:1]:1/",
    "http://localhost:1/",
  ])("%s is not even looked up", async (url) => {
    await expect(only(url)).rejects.toMatchObject({ name: "RefusedAddressError" });
  });

  test.each(["file:///etc/passwd", "ftp://example.com/", "data:text/plain,x", "http://user:pass@example.com/"])(
    "%s is refused, whatever is allowed",
    async (url) => {
      await expect(any(url)).rejects.toMatchObject({ name: "RefusedAddressError" });
    },
  );

  test("a name that is unknown fails as such", async () => {
    const resolve = (_: string, __: object, callback: (error: Error, addresses: []) => void) =>
      callback(Object.assign(new Error("unknown"), { code: "ENOTFOUND" }), []);
    await expect(publicFetch({ allowPrivate: false, resolve })("http://news.example/")).rejects.toMatchObject({
      code: "ENOTFOUND",
    });
  });
});

describe("an answer", () => {
  test("has its status, its headers and its body, and no redirect is followed", async () => {
    const { url, seen } = await serving((incoming, outgoing) => {
      outgoing.writeHead(301, { Location: "/there", ETag: '"x"', "Set-Cookie": ["a=1", "b=2"] });
      outgoing.end(JSON.stringify(incoming.headers));
    });
    const response = await any(`${url}here`, {
      headers: { "User-Agent": "Me", "If-None-Match": '"y"' },
      redirect: "follow",
    });
    expect(response.status).toBe(301);
    expect(response.headers.get("Location")).toBe("/there");
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(await response.json()).toMatchObject({
      "user-agent": "Me",
      "if-none-match": '"y"',
      "accept-encoding": "gzip, deflate, br",
    });
    expect(seen).toEqual([`GET ${url.slice(7)}here`]);
  });

  test.each([
    ["gzip", gzipSync("hello")],
    ["x-gzip", gzipSync("hello")],
    ["GZIP", gzipSync("hello")],
    ["deflate", deflateSync("hello")],
    ["br", brotliCompressSync("hello")],
    ["identity", Buffer.from("hello")],
  ])("is decompressed from %s", async (encoding, body) => {
    const { url } = await serving((_, outgoing) => outgoing.writeHead(200, { "Content-Encoding": encoding }).end(body));
    const response = await any(url);
    expect(await response.text()).toBe("hello");
  });

  test.each([
    [
      "of an encoding that was not asked for",
      (outgoing) => outgoing.writeHead(200, { "Content-Encoding": "zstd" }).end("x"),
    ],
    ["of two encodings", (outgoing) => outgoing.writeHead(200, { "Content-Encoding": "gzip, gzip" }).end("x")],
    [
      "of an encoding by the name of a method",
      (outgoing) => outgoing.writeHead(200, { "Content-Encoding": "toString" }).end("x"),
    ],
    ["that is no gzip", (outgoing) => outgoing.writeHead(200, { "Content-Encoding": "gzip" }).end("hello")],
    [
      "that is half of a gzip",
      (outgoing) => outgoing.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync("hello").subarray(0, 12)),
    ],
    [
      "that ends before its length",
      (outgoing) => {
        outgoing.writeHead(200, { "Content-Length": "100" }).write("x", () => outgoing.destroy());
      },
    ],
    ["of a status that is none", (outgoing) => outgoing.socket?.end("HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n")],
    ["that is none", (outgoing) => outgoing.socket?.end("SSH-2.0-OpenSSH\r\n")],
  ] satisfies [string, (outgoing: import("node:http").ServerResponse) => unknown][])(
    "%s is a failure",
    async (_, answer) => {
      const { url, open } = await serving((__, outgoing) => void answer(outgoing));
      await expect(any(url).then((response) => response.text())).rejects.toThrow();
      await expect.poll(open).toBe(0);
    },
  );

  test.each([204, 304])("with the status %d has no body", async (status) => {
    const { url, open } = await serving((_, outgoing) => outgoing.writeHead(status).end());
    expect((await any(url)).body).toBeNull();
    await expect.poll(open).toBe(0);
  });

  test("with the status 205 and a body without end is not read at all", async () => {
    const { url, open } = await serving((_, outgoing) => {
      outgoing.socket?.write("HTTP/1.1 205 Reset Content\r\n\r\n");
      const flood = setInterval(() => outgoing.socket?.write(Buffer.alloc(10_000)), 1);
      outgoing.socket?.once("close", () => clearInterval(flood));
    });
    expect((await any(url)).body).toBeNull();
    await expect.poll(open).toBe(0);
  });

  test("is read no faster than it is asked for, and not at all once it is let go of", async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000));
    const { url, open } = await serving((_, outgoing) =>
      outgoing.writeHead(200, { "Content-Encoding": "gzip" }).end(bomb),
    );
    const before = process.memoryUsage().rss;
    const response = await any(url);
    const reader = response.body?.getReader();
    let read = 0;
    while (read < 2_000_000) read += (await reader?.read())?.value?.length ?? 0;
    await reader?.cancel();
    await expect.poll(open).toBe(0);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  test("is given up with its connection, before its headers and after", async () => {
    const { url, open, seen } = await serving((incoming, outgoing) => {
      if (incoming.url === "/body") outgoing.writeHead(200).write("x");
    });
    const early = new AbortController();
    const waiting = any(url, { signal: early.signal });
    await expect.poll(() => seen.length).toBe(1);
    early.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    const late = new AbortController();
    const response = await any(`${url}body`, { signal: late.signal });
    const text = response.text();
    late.abort(new Error("enough"));
    await expect(text).rejects.toThrow("enough");
    await expect(any(url, { signal: AbortSignal.abort(new Error("before")) })).rejects.toThrow("before");
    await expect.poll(open).toBe(0);
  });

  test("is asked for by GET alone", async () => {
    await expect(any("http://example.com/", { method: "POST" })).rejects.toThrow(TypeError);
  });
});
