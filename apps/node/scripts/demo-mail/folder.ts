/** The folder in which the demo keeps what it knows: its queue, the counts, and what the SMTP server took. */

import { openDemoFolder } from "../demo/folder.ts";
import { mails } from "./offer.ts";
import { openRecords, type Records } from "./records.ts";

export interface Folder {
  readonly records: Records;
  /** Files of the others. */
  readonly limits: string;
  readonly smtp: string;
  /** Whether an earlier run left something to go on with. */
  readonly goesOn: boolean;
}

/** @throws Error with the cure while another run works in it. */
export async function openFolder(path: string, fresh: boolean): Promise<Folder> {
  const { records, paths, goesOn } = await openDemoFolder({
    path,
    fresh,
    files: ["queue.sqlite", "limits.sqlite", "smtp.sqlite"],
    open: (file) => openRecords(file, mails),
  });
  const [limits = "", smtp = ""] = paths;
  return { records, limits, smtp, goesOn };
}
