/** Decisions per second of the SQLite backend, beside the least that one handle can do. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqlite as backendOf } from "@sluice/core/sqlite";
import { type Measure, type Row, ratioRow } from "../measure.ts";
import { quotients, race, rawTimes } from "../rounds.ts";
import { checkCounts } from "./counts.ts";
import { cases, handles } from "./sqlite-contenders.ts";

export const sqlite: Measure = async () => {
  const directory = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  try {
    const rows: Row[] = [];
    const raw: string[] = [];
    const contenders = new URL("sqlite-contenders.ts", import.meta.url).href;
    for (const [library, open] of Object.entries(handles)) {
      await checkCounts(backendOf(open(join(directory, `${library.replace(":", "-")}.sqlite`))));
      for (const title of Object.keys(cases)) {
        const one = `${library}, ${title}`;
        const times = await race(contenders, [`${one}: sluice`, `${one}: bare`], directory);
        const [own = [], bare = []] = Object.values(times);
        const measure = `SQLite decisions/s, ${one}`;
        rows.push(ratioRow(measure, "bare upsert", quotients(bare, own), { least: 0.6 }));
        raw.push(...rawTimes(measure, { Sluice: own, "bare upsert": bare }));
      }
    }
    return { rows, raw };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
