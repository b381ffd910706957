/** Serves the pages' files: kept for ever by whoever has one, compressed for whoever accepts it. */

import { Hono } from "hono";
import { type Asset, assets as all } from "./assets.ts";

/** Compressed once in this process: bytes, never a promise, which on Workers would belong to one request. */
const compressed = new Map<Asset, Uint8Array<ArrayBuffer>>();
const plain = new TextEncoder();

/** Mounted at `<mount>/assets`, before anybody is asked who they are: the files say nothing, and the login needs them. */
export function assets(): Hono {
  return new Hono().get("/:file", async (c) => {
    const asset = Object.values(all).find(({ file }) => file === c.req.param("file"));
    if (asset === undefined) return c.text("There is no such file.", 404, { "Cache-Control": "no-store" });
    const isCompressed = acceptsGzip(c.req.header("Accept-Encoding"));
    // Weak: the same text, whichever way it is sent.
    const etag = `W/"${asset.file}"`;
    const headers = new Headers({
      "Content-Type": asset.type,
      "Cache-Control": "public, max-age=31536000, immutable",
      ETag: etag,
      Vary: "Accept-Encoding",
      "X-Content-Type-Options": "nosniff",
    });
    if (
      c.req
        .header("If-None-Match")
        ?.split(",")
        .some((one) => one.trim() === etag)
    ) {
      return new Response(null, { status: 304, headers });
    }
    const bytes = isCompressed ? await gzip(asset) : plain.encode(asset.text);
    if (isCompressed) headers.set("Content-Encoding", "gzip");
    headers.set("Content-Length", String(bytes.byteLength));
    // workerd compresses by itself what says so, unless it is told that this has happened.
    const init: ResponseInit & { encodeBody: "manual" | "automatic" } = {
      headers,
      encodeBody: isCompressed ? "manual" : "automatic",
    };
    return new Response(bytes, init);
  });
}

async function gzip(asset: Asset): Promise<Uint8Array<ArrayBuffer>> {
  const known = compressed.get(asset);
  if (known !== undefined) return known;
  const stream = new Blob([asset.text]).stream().pipeThrough(new CompressionStream("gzip"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  compressed.set(asset, bytes);
  return bytes;
}

/** RFC 9110 §12.5.3: named, or by `*`, and not with a quality of 0. */
export function acceptsGzip(header: string | undefined): boolean {
  const codings = (header ?? "").split(",").map((one) =>
    one
      .trim()
      .toLowerCase()
      .split(/\s*;\s*q=/),
  );
  const named = codings.find(([name]) => name === "gzip") ?? codings.find(([name]) => name === "*");
  return named !== undefined && Number(named[1] ?? 1) > 0;
}
