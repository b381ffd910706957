/** An answer of node:http as a Response: decompressed as it is read, and no faster than that. */

import type { IncomingMessage } from "node:http";
import { pipeline, type Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

const withoutBody = [204, 205, 304];

/** @throws Error for a status or an encoding that nothing can be made of. */
export function fetchedResponse(incoming: IncomingMessage): Response {
  const { statusCode: status = 0, rawHeaders } = incoming;
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
  if (withoutBody.includes(status)) {
    // Not read to its end: with 205 there may be a body all the same, and it need not have one.
    incoming.on("error", () => {}).destroy();
    return new Response(null, { status, headers });
  }
  const encoding = (headers.get("Content-Encoding") ?? "identity").trim().toLowerCase();
  if (encoding === "identity") return new Response(webBody(incoming), { status, headers });
  const decoder = Object.hasOwn(decoders, encoding) ? decoders[encoding]?.() : undefined;
  if (decoder === undefined) throw new Error("The answer is encoded in a way that was not asked for.");
  // They tell of what was sent, and not of what is read.
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  // Whatever ends one of them ends the other, with its error.
  pipeline(incoming, decoder, () => {});
  return new Response(webBody(decoder), { status, headers });
}

/** Nothing is read before somebody asks for it, however little was sent for much. */
function webBody(stream: Readable): ReadableStream<Uint8Array<ArrayBuffer>> {
  // It may fail before anybody reads; whoever reads then hears of it.
  stream.on("error", () => {});
  const chunks: AsyncIterator<Uint8Array<ArrayBuffer>> = stream[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel() {
        stream.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}
