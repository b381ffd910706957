/** A real SMTP server on loopback that writes down every mail before it says that it took it. */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { SMTPServer } from "smtp-server";

/** A mail as the server saw it. */
export interface Accepted {
  readonly from: string;
  readonly to: string;
  readonly atMs: number;
}

export interface Smtp {
  readonly port: number;
  accepted(): readonly Accepted[];
  stop(): Promise<void>;
}

/** Listens on a free port. What it takes goes into a file of its own, and stays there when it is killed. */
export async function startSmtp(path: string, now: () => number): Promise<Smtp> {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  database.exec("pragma journal_mode = wal; pragma synchronous = normal;");
  database.exec("create table if not exists accepted (sender text, recipient text, at_ms integer)");
  const insert = database.prepare("insert into accepted values (?, ?, ?)");
  const select = database.prepare("select * from accepted order by at_ms, rowid");

  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    disableReverseLookup: true,
    // The client ends with the demo, and nobody else is to be waited for.
    closeTimeout: 100,
    onData(stream, { envelope: { mailFrom, rcptTo } }, taken) {
      // The text itself is not kept.
      stream.resume();
      stream.on("end", () => {
        for (const { address } of rcptTo) insert.run(mailFrom ? mailFrom.address : "", address, now());
        taken();
      });
    },
  });
  // A client that vanishes is no failure of the server's.
  server.on("error", () => {});
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");

  return {
    port: (server.server.address() as AddressInfo).port,
    accepted: () =>
      select.all().map((row) => {
        return { from: String(row["sender"]), to: String(row["recipient"]), atMs: Number(row["at_ms"]) };
      }),
    async stop() {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      database.close();
    },
  };
}
