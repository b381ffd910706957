/** What docs/operations.md says is seen of each symptom: the rows of its tables, and whether a case has seen as much. */

/** One row. */
export interface Symptom {
  readonly section: string;
  readonly name: string;
  readonly shows: readonly Evidence[];
}

/** A piece of text that an operator finds, or finds missing. */
export interface Evidence {
  /** As it is seen, upper and lower case alike; `…` stands for anything. */
  readonly text: string;
  readonly isAbsent: boolean;
}

/**
 * The rows of the tables under these headings. In the second of three columns stands in backticks what is seen, or after "no"
 * what is not; of two columns the first has it, and is the name as well.
 */
export function symptomsIn(markdown: string, sections: readonly string[]): readonly Symptom[] {
  return markdown.split(/^## /m).flatMap((part) => {
    const [section = "", ...lines] = part.split("\n");
    if (!sections.includes(section)) return [];
    const rows = lines.filter((line, i) => line.startsWith("| ") && !lines[i + 1]?.startsWith("|--"));
    return rows.map((row) => {
      const [name = "", ...more] = row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim());
      return { section, name, shows: evidenceIn(more.length > 1 ? (more[0] ?? "") : name) };
    });
  });
}

function evidenceIn(cell: string): readonly Evidence[] {
  return [...cell.matchAll(/(\bno )?`([^`]+)`/g)].map(([, no, text = ""]) => ({ text, isAbsent: no !== undefined }));
}

/** Of what should be seen, that which is not; and of what should not, that which is. */
export function unseen(shows: readonly Evidence[], seen: string): readonly string[] {
  return shows.filter(({ text, isAbsent }) => pattern(text).test(seen) === isAbsent).map(({ text }) => text);
}

/** Whole words only: `RateLimit` is not seen in `RateLimit-Policy`, nor `r=5` in `r=59`. */
function pattern(text: string): RegExp {
  const parts = text.split("…").map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  const start = /^[\w-]/.test(text) ? "(?<![\\w-])" : "";
  const end = /[\w-]$/.test(text) ? "(?![\\w-])" : "";
  return new RegExp(`${start}${parts.join("[^]*?")}${end}`, "i");
}
