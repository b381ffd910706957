import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The console's tables and indices as a folder of migrations makes them, by name. */
function madeBy(folder: string): ReadonlyMap<string, string> {
  const sqlite = new DatabaseSync(":memory:");
  const files = readdirSync(`${root}${folder}`).filter((name) => name.endsWith(".sql"));
  for (const file of files.sort()) sqlite.exec(readFileSync(`${root}${folder}/${file}`, "utf8"));
  const rows = sqlite.prepare("select name, sql from sqlite_master where name like 'sluice\\_%' escape '\\'").all();
  sqlite.close();
  return new Map(rows.map(({ name, sql }) => [String(name), String(sql)]));
}

test("the app's migrations make the console's tables as the console's own do", () => {
  const [own, apps] = [madeBy("packages/console/migrations"), madeBy("apps/feeds/migrations")];
  expect(own.size).toBeGreaterThanOrEqual(20);
  expect(apps).toEqual(own);
});
