/** Bare values of structured fields (RFC 9651 §4.2.3.1), each read at a place in the text. */

/** A value, and which kind of it: `1` is an integer and `1.0` none. */
export interface Bare {
  readonly is: "integer" | "decimal" | "string" | "token" | "bytes" | "boolean" | "date" | "display";
  /** Bytes stay in base64. */
  readonly value: number | string | boolean;
}

/** A text, and how far it has been read. */
export interface Cursor {
  readonly text: string;
  at: number;
}

const number = /(-?)(\d{1,15})(?:\.(\d{1,3}))?/y;
const string = /"((?:[ !#-[\]-~]|\\["\\])*)"/y;
const token = /[A-Za-z*][\w:/!#$%&'*+.^`|~-]*/y;
const bytes = /:((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?):/y;
const boolean = /\?([01])/y;
const date = /@(-?\d{1,15})(?!\d|\.)/y;
const display = /%"((?:[ !#$&-~]|%[0-9a-f]{2})*)"/y;

/** Reads one bare value and moves behind it; undefined where there is none. */
export function bare(cursor: Cursor): Bare | undefined {
  const first = cursor.text[cursor.at] ?? "";
  if (first === "-" || (first >= "0" && first <= "9")) return numeric(cursor);
  switch (first) {
    case '"': {
      const found = sticky(string, cursor)?.[1];
      if (found === undefined) return undefined;
      return { is: "string", value: found.includes("\\") ? found.replace(/\\(.)/g, "$1") : found };
    }
    case ":":
      return as("bytes", sticky(bytes, cursor)?.[1]);
    case "?": {
      const found = sticky(boolean, cursor);
      return found === null ? undefined : { is: "boolean", value: found[1] === "1" };
    }
    case "@": {
      const found = sticky(date, cursor);
      return found === null ? undefined : { is: "date", value: whole(found[1]) };
    }
    case "%":
      return as("display", decoded(sticky(display, cursor)?.[1]));
    default:
      return as("token", sticky(token, cursor)?.[0]);
  }
}

/** Matches at the cursor and moves behind it. */
export function sticky(pattern: RegExp, cursor: Cursor): RegExpExecArray | null {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text);
  if (found !== null) cursor.at = pattern.lastIndex;
  return found;
}

function as(is: Bare["is"], value: string | undefined): Bare | undefined {
  return value === undefined ? undefined : { is, value };
}

function numeric(cursor: Cursor): Bare | undefined {
  const found = sticky(number, cursor);
  if (found === null) return undefined;
  const [text, , before = "", after] = found;
  // Digits too many, or a point without any, are left over, and nothing goes on with them.
  if (after === undefined) return { is: "integer", value: whole(text) };
  return before.length > 12 ? undefined : { is: "decimal", value: Number(text) };
}

/** An integer; there is no negative zero. */
const whole = (text: string | undefined): number => Number(text) || 0;

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
