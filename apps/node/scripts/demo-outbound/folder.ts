/** The folder in which the demo keeps what it knows: the product's database, its counts, and what the services wrote down. */

import { openDemoFolder } from "../demo/folder.ts";
import { openRecords, type Records } from "./records.ts";

export interface Folder {
  readonly records: Records;
  /** The product's database. */
  readonly product: string;
  /** Its limits, quotas, leases, pauses and breakers. */
  readonly limits: string;
  /** What the services wrote down. */
  readonly services: string;
  readonly smtp: string;
  /** Whether an earlier run left something to go on with. */
  readonly goesOn: boolean;
}

/** @throws Error with the cure while another run works in it. */
export async function openFolder(path: string, fresh: boolean): Promise<Folder> {
  const { records, paths, goesOn } = await openDemoFolder({
    path,
    fresh,
    files: ["demo.sqlite", "product.sqlite", "limits.sqlite", "services.sqlite", "smtp.sqlite"],
    open: openRecords,
  });
  const [product = "", limits = "", services = "", smtp = ""] = paths;
  return { records, product, limits, services, smtp, goesOn };
}
