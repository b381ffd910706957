/** Run in each runtime by processes/public-fetch.test.ts: what its fetch for strangers' addresses connects to, as one line of JSON. */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { type PublicFetchOptions, publicFetch } from "../src/public-fetch.ts";

let requests = 0;
let connections = 0;
const server = createServer((_, outgoing) => {
  requests++;
  outgoing.writeHead(200, { "Content-Encoding": "gzip" }).end(gzipSync("hello"));
});
server.on("connection", () => connections++);
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;

const asked: string[] = [];
const resolve: PublicFetchOptions["resolve"] = (hostname, _, callback) => {
  asked.push(hostname);
  callback(null, [{ address: "127.0.0.1", family: 4 }]);
};
const only = publicFetch({ allowPrivate: false, resolve });
const outcome = (call: Promise<Response>): Promise<string> =>
  call.then((response) => response.text()).catch((error: Error) => error.name);

const outcomes = {
  http: await outcome(only(`http://news.example:${port}/`)),
  https: await outcome(only(`https://news.example:${port}/`)),
  literal: await outcome(only(`http://127.0.0.1:${port}/`)),
};
const touched = { requests, connections };
const allowed = await outcome(publicFetch({ allowPrivate: true })(`http://127.0.0.1:${port}/`));

const cut = new AbortController();
const silent = createServer(() => cut.abort(new Error("enough")));
silent.listen(0, "127.0.0.1");
await once(silent, "listening");
const late = publicFetch({ allowPrivate: true })(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`, {
  signal: cut.signal,
});
const aborted = await late.catch((error: Error) => error.message);

console.log(JSON.stringify({ ...outcomes, asked, touched, allowed, aborted }));
process.exit();
