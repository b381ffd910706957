/** A digest in words: plain text, feed by feed. */

/** An entry as a digest tells of it. */
export interface DigestEntry {
  readonly feedTitle: string;
  readonly ownerName: string;
  readonly slug: string;
  readonly title: string;
  readonly summary: string;
  readonly excerpt: string | null;
  readonly readingMs: number | null;
  readonly url: string | null;
}

export interface DigestText {
  readonly subject: string;
  readonly body: string;
}

/** Writes a digest of these entries, of which there is at least one; `more` is how many it leaves out. */
export function digestText(entries: readonly DigestEntry[], more: number, publicUrl: string | undefined): DigestText {
  const byFeed = Map.groupBy(entries, ({ ownerName, slug }) => `/public/${ownerName}/${slug}`);
  const count = entries.length + more;
  const feeds = byFeed.size === 1 ? oneLine(entries[0]?.feedTitle ?? "") : `${byFeed.size} feeds`;
  const sections = [...byFeed].map(([path, some]) => {
    const title = oneLine(some[0]?.feedTitle ?? "");
    const where = publicUrl === undefined ? [] : [`${publicUrl}${path}`];
    return [title, "=".repeat(title.length), ...where, "", ...some.map(entryText)].join("\n");
  });
  const rest = more > 0 ? [`${more} more are in the feeds themselves.\n`] : [];
  return {
    subject: `${count} new ${count === 1 ? "entry" : "entries"} in ${feeds}`.slice(0, 200),
    body: [...sections, ...rest].join("\n"),
  };
}

function entryText({ title, summary, excerpt, readingMs, url }: DigestEntry): string {
  const minutes = readingMs === null ? "" : ` (${Math.max(1, Math.round(readingMs / 60_000))} min)`;
  const about = oneLine(summary === "" ? (excerpt ?? "") : summary);
  return [
    `* ${oneLine(title)}${minutes}`,
    ...[about, url ?? ""].filter((line) => line !== "").map((line) => `  ${line}`),
    "",
  ].join("\n");
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
