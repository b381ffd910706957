/** What differs between two states, field by field. */

/** One field that is not what it was; undefined where there is none. */
export interface FieldChange {
  readonly field: string;
  readonly was?: unknown;
  readonly is?: unknown;
}

/** What is kept for the way back alone, and tells people nothing. */
const bookkeeping = new Set(["id", "version", "createdAtMs", "updatedAtMs"]);

/** Objects are compared field by field (`limits.api`), everything else as a whole. Bounded: what is nested deeper is one value. */
export function changesOf(before: unknown, after: unknown): readonly FieldChange[] {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])]
    .filter((field) => !bookkeeping.has(field))
    .map((field) => ({ field, was: was.get(field), is: is.get(field) }))
    .filter((change) => JSON.stringify(change.was) !== JSON.stringify(change.is));
}

function fieldsOf(value: unknown, prefix = "", depth = 3): Map<string, unknown> {
  if (value === undefined || value === null) return new Map(prefix === "" ? [] : [[prefix, value]]);
  if (typeof value !== "object" || Array.isArray(value) || depth === 0) return new Map([[prefix || "value", value]]);
  return new Map(
    Object.entries(value).flatMap(([name, inner]) => [
      ...fieldsOf(inner, prefix ? `${prefix}.${name}` : name, depth - 1),
    ]),
  );
}
