/** The two notations of an address, read strictly and written in one way only: dotted quad and colon groups. */

const dotCode = 46;
const colonCode = 58;

/**
 * Reads `192.0.2.60` between two indexes: four decimal octets without leading zeros (`010` is ten to some, eight to others).
 *
 * Returns the 32 bits as a number of 0 to 4294967295, or -1.
 */
export function readQuad(text: string, from: number, to: number): number {
  let bits = 0;
  let octet = -1;
  let dots = 0;
  for (let index = from; index < to; index++) {
    const code = text.charCodeAt(index);
    if (code >= 48 && code <= 57) {
      if (octet === 0) return -1;
      octet = octet < 0 ? code - 48 : octet * 10 + code - 48;
      if (octet > 255) return -1;
    } else {
      if (code !== dotCode || octet < 0 || dots === 3) return -1;
      bits = bits * 256 + octet;
      octet = -1;
      dots++;
    }
  }
  return dots === 3 && octet >= 0 ? bits * 256 + octet : -1;
}

/**
 * Reads the text forms of RFC 4291 §2.2 between two indexes: full, compressed with `::`, or ending in a dotted quad.
 *
 * Returns the eight groups of 16 bits, or undefined.
 */
export function readGroups(text: string, from: number, to: number): number[] | undefined {
  const groups = [0, 0, 0, 0, 0, 0, 0, 0];
  let count = 0;
  let gap = -1;
  let index = from;
  if (text.charCodeAt(index) === colonCode && text.charCodeAt(index + 1) === colonCode) {
    gap = 0;
    index += 2;
  }
  while (index < to) {
    const start = index;
    let value = 0;
    for (let digit = 0; index < to; index++) {
      digit = hexDigit(text.charCodeAt(index));
      if (digit < 0) break;
      value = value * 16 + digit;
    }
    if (index < to && text.charCodeAt(index) === dotCode) {
      const bits = count > 6 ? -1 : readQuad(text, start, to);
      if (bits < 0) return undefined;
      groups[count++] = bits >>> 16;
      groups[count++] = bits & 0xffff;
      break;
    }
    if (index === start || index - start > 4 || count === 8) return undefined;
    groups[count++] = value;
    if (index === to) break;
    if (text.charCodeAt(index++) !== colonCode || index === to) return undefined;
    if (text.charCodeAt(index) === colonCode) {
      if (gap >= 0) return undefined;
      gap = count;
      index++;
    }
  }
  if (gap < 0) return count === 8 ? groups : undefined;
  if (count === 8) return undefined; // "::" stands for one group at least
  for (let source = count - 1, target = 7; source >= gap; source--, target--) {
    groups[target] = groups[source] ?? 0;
    groups[source] = 0;
  }
  return groups;
}

/** The value of a hexadecimal digit's character code, or -1. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** Writes two groups as a dotted quad. */
export function writeQuad(high: number, low: number): string {
  return `${high >>> 8}.${high & 255}.${low >>> 8}.${low & 255}`;
}

/** Writes eight groups as RFC 5952 §4 asks: lower case, no leading zeros, the first longest run of zeros as `::`. */
export function writeGroups(groups: readonly number[]): string {
  let runStart = -1;
  let runLength = 1; // a single zero group is written out
  for (let start = 0, end = 0; start < 8; start = end + 1) {
    end = start;
    while (groups[end] === 0) end++;
    if (end - start > runLength) {
      runStart = start;
      runLength = end - start;
    }
  }
  let text = runStart === 0 ? ":" : "";
  for (let index = 0; index < 8; index++) {
    if (index === runStart) {
      text += ":"; // the second of two: the first ends the group before the run
      index += runLength - 1;
    } else {
      text += (groups[index] ?? 0).toString(16);
      if (index < 7) text += ":";
    }
  }
  return text;
}
