/** Documents kept as written: most readers ask again for what they have, and comparing is cheaper than writing anew. */

import { type FeedDocument, feedDocument } from "./feed-document.ts";

/** Only small documents are kept, so that the shelf has at most some 20 MB. */
const mostDocuments = 100;
const mostBytes = 100_000;

/** The same as {@link feedDocument}, which runs only when what goes into a document has changed. */
export function documentShelf(): typeof feedDocument {
  const shelf = new Map<string, { readonly source: string; readonly document: FeedDocument }>();
  return async (format, feed, entries, address) => {
    const place = `${format} ${address}`;
    // Compared as a whole: whoever changes a row, by whatever way, changes the document.
    const source = JSON.stringify([feed, entries]);
    const kept = shelf.get(place);
    if (kept?.source === source) return kept.document;
    const document = await feedDocument(format, feed, entries, address);
    shelf.delete(place);
    if (source.length + document.bytes.length > mostBytes) return document;
    const [oldest] = shelf.keys();
    if (shelf.size >= mostDocuments && oldest !== undefined) shelf.delete(oldest);
    shelf.set(place, { source, document });
    return document;
  };
}
