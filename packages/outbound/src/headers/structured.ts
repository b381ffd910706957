/** Lists and dictionaries of structured fields (RFC 9651 §4.2): read strictly, in one pass, or not at all. */

import { type Bare, bare, type Cursor, sticky } from "./structured-value.ts";

/** A member of a list or a dictionary. Of an inner list only the parameters are kept. */
export interface Item {
  readonly bare: Bare | undefined;
  readonly parameters: ReadonlyMap<string, Bare>;
}

/** Longer fields are taken for malformed: no limits that anybody announces need them. */
const longestField = 8_192;

const none: ReadonlyMap<string, Bare> = new Map();
const yes: Bare = { is: "boolean", value: true };

const key = /[a-z*][a-z0-9_.*-]*/y;
const spaces = / */y;
const blanks = /[ \t]*/y;
const comma = /[ \t]*,[ \t]*/y;
const semicolon = /; */y;

/** The items of a list; undefined if the text is none. An empty text is an empty list. */
export function structuredList(text: string): readonly Item[] | undefined {
  const items: Item[] = [];
  const isRead = members(text, (cursor) => {
    const item = itemOrInnerList(cursor);
    if (item !== undefined) items.push(item);
    return item !== undefined;
  });
  return isRead ? items : undefined;
}

/** The members of a dictionary, of equal names the last; undefined if the text is none. */
export function structuredDictionary(text: string): ReadonlyMap<string, Item> | undefined {
  const found = new Map<string, Item>();
  const isRead = members(text, (cursor) => {
    const name = sticky(key, cursor)?.[0];
    if (name === undefined) return false;
    const item = assigned(cursor) ? itemOrInnerList(cursor) : withParameters(cursor, yes);
    if (item !== undefined) found.set(name, item);
    return item !== undefined;
  });
  return isRead ? found : undefined;
}

/** Reads members between commas until the end; whether that is where it came to. */
function members(text: string, read: (cursor: Cursor) => boolean): boolean {
  if (text.length > longestField) return false;
  const cursor = { text, at: 0 };
  sticky(spaces, cursor);
  if (cursor.at === text.length) return true;
  for (;;) {
    if (!read(cursor)) return false;
    if (cursor.at === text.length) return true;
    if (sticky(comma, cursor) === null) {
      sticky(blanks, cursor);
      return cursor.at === text.length;
    }
  }
}

function itemOrInnerList(cursor: Cursor): Item | undefined {
  if (cursor.text[cursor.at] === "(") return innerList(cursor) ? withParameters(cursor, undefined) : undefined;
  const value = bare(cursor);
  return value === undefined ? undefined : withParameters(cursor, value);
}

/** Moves behind an inner list, whose items no field of ours has a use for. */
function innerList(cursor: Cursor): boolean {
  cursor.at++;
  for (;;) {
    const start = cursor.at;
    sticky(spaces, cursor);
    if (cursor.text[cursor.at] === ")") {
      cursor.at++;
      return true;
    }
    const isApart = cursor.at > start || cursor.text[start - 1] === "(";
    if (!isApart) return false;
    const value = bare(cursor);
    if (value === undefined || withParameters(cursor, value) === undefined) return false;
  }
}

function withParameters(cursor: Cursor, value: Bare | undefined): Item | undefined {
  let parameters: Map<string, Bare> | undefined;
  while (sticky(semicolon, cursor) !== null) {
    const name = sticky(key, cursor)?.[0];
    if (name === undefined) return undefined;
    const parameter = assigned(cursor) ? bare(cursor) : yes;
    if (parameter === undefined) return undefined;
    parameters ??= new Map();
    parameters.set(name, parameter);
  }
  return { bare: value, parameters: parameters ?? none };
}

/** Moves behind an equals sign, if there is one. */
function assigned(cursor: Cursor): boolean {
  if (cursor.text[cursor.at] !== "=") return false;
  cursor.at++;
  return true;
}

/** A number of whole units, at least 0; undefined for other values. */
export function wholeOf(value: Bare | undefined): number | undefined {
  return value?.is === "integer" && typeof value.value === "number" && value.value >= 0 ? value.value : undefined;
}

/** What a limit or its unit is called, as a String or a Token; undefined for other values. */
export function nameOf(value: Bare | undefined): string | undefined {
  const isName = value?.is === "string" || value?.is === "token";
  return isName && typeof value.value === "string" ? value.value : undefined;
}
