/** Whether a reader already has what it asks for (RFC 9110 §13): If-None-Match first, If-Modified-Since only without it. */

export interface Validators {
  /** Strong, with its quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
}

/** True when 304 is the answer. */
export function isNotModified(headers: Headers, { etag, lastModifiedMs }: Validators): boolean {
  const ifNoneMatch = headers.get("If-None-Match");
  if (ifNoneMatch !== null) return names(ifNoneMatch, etag);
  const since = httpDateMs(headers.get("If-Modified-Since"));
  // The header has whole seconds, so the milliseconds of the stored instant must not count.
  return since !== undefined && Math.floor(lastModifiedMs / 1_000) * 1_000 <= since;
}

/** Weak comparison: proxies that compress turn strong tags into weak ones, and this is the same document still. */
function names(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch.trim() === "*") return true;
  const tags = ifNoneMatch.match(/"[\x21\x23-\x7e\x80-\uffff]*"/g);
  return tags?.includes(etag) ?? false;
}

const imfDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const rfc850Date = /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const asctimeDate = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** The three spellings of an HTTP date that a server has to accept; anything else counts as no header at all. */
export function httpDateMs(value: string | null): number | undefined {
  if (value === null) return undefined;
  const date = asctimeDate.test(value) ? `${value} GMT` : value;
  if (date === value && !imfDate.test(value) && !rfc850Date.test(value)) return undefined;
  const ms = Date.parse(date);
  return Number.isNaN(ms) ? undefined : ms;
}
