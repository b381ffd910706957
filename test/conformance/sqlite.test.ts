import { sqlite } from "@sluice/core/sqlite";
import { fakeClock, onClock } from "@sluice/core/testing";
import { afterAll } from "vitest";
import { prove } from "./prove.ts";
import { newFiles } from "./sqlite-files.ts";
import { libraries } from "./sqlite-libraries.ts";

const newFile = newFiles();

for (const [library, open] of Object.entries(libraries)) {
  const clock = fakeClock();
  const database = open(newFile());
  afterAll(() => void database.close());
  let tables = 0;
  await prove(
    {
      name: `sqlite (${library})`,
      make: () => sqlite(database, onClock(clock, { table: `counters_${++tables}` })),
      clock,
    },
    { notClaimed: ["its round trips are not counted"] },
  );
}
