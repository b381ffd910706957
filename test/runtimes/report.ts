/** What was put to which target, as a table: target by backend, cases passed and failed, or the reason why none ran. */

/** What the suite knows of a target with a backend before anything runs. Plain data, since it comes from another process. */
export interface Put {
  readonly target: string;
  readonly backend: string;
  /** Why it cannot run on this machine. */
  readonly missing?: string | undefined;
  /** Cases that do not apply, and why. */
  readonly unasked: readonly Unasked[];
}

/** A case that was not put to a target. */
export interface Unasked {
  readonly name: string;
  readonly reason: string;
}

/** And how it fared. */
export interface Fared extends Put {
  readonly passed: number;
  readonly failed: number;
  /** Of the mistakes that were planted in it, how many were noticed; absent where none was planted. */
  readonly noticed?: Noticed | undefined;
}

export interface Noticed {
  readonly noticed: number;
  readonly planted: number;
}

/** The table, and under it each reason with the cases that it kept from running. */
export function targetTable(all: readonly Fared[]): string {
  const rows = [
    ["target", "backend", "passed", "failed", "not put", "mistakes noticed", ""],
    ...all.map(({ target, backend, passed, failed, unasked, missing, noticed }) => {
      if (missing !== undefined) {
        const [count, how] = failed > 0 ? [String(failed), "FAILED"] : ["–", "skipped"];
        return [target, backend, "–", count, "–", "–", `${how}: ${missing}`];
      }
      const mistakes = noticed === undefined ? "–" : `${noticed.noticed} of ${noticed.planted}`;
      const isFailed = failed > 0 || noticed?.noticed !== noticed?.planted;
      const counts = [String(passed), String(failed), String(unasked.length), mistakes];
      return [target, backend, ...counts, isFailed ? "FAILED" : "run"];
    }),
  ];
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
  return [...lines, ...reasons(all)].join("\n");
}

function reasons(all: readonly Fared[]): readonly string[] {
  const byReason = Map.groupBy(
    all.flatMap(({ target, backend, unasked }) => unasked.map((one) => ({ ...one, of: `${target} · ${backend}` }))),
    ({ reason }) => reason,
  );
  return [...byReason].flatMap(([reason, found]) => {
    const names = [...new Set(found.map(({ name }) => `  - ${name}`))];
    return ["", `${reason} (${[...new Set(found.map(({ of }) => of))].join(", ")})`, ...names];
  });
}
