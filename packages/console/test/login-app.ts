/** An app with logins by a token, a page for administrators, and something that changes. */

import { type AddressSource, type Backend, parseAddress } from "@sluice/core";
import { memory } from "@sluice/core/memory";
import { Hono } from "hono";
import { type GuardedEnv, guard } from "../src/access/guard.ts";
import { session } from "../src/access/session.ts";
import { type TestDatabase, testDatabase } from "./database.ts";

/** The address is what a test says it is. */
export const source: AddressSource = ({ request }) => {
  const address = parseAddress(request.headers.get("x-test-address") ?? "192.0.2.1");
  return address ? { address } : { missing: "the test said so" };
};

/** The databases that tests opened. */
const open: TestDatabase[] = [];

export function closeAll(): void {
  for (const database of open.splice(0)) database.close();
}

/** An app with a session, a page, and something that changes. */
export function appOf(
  options: {
    backend?: Backend;
    clock?: { now(): number };
    database?: TestDatabase;
    secure?: boolean;
    publicUrl?: string;
  } = {},
) {
  const clock = options.clock ?? { now: () => 1_800_000_000_000 };
  const database = options.database ?? testDatabase();
  if (options.database === undefined) open.push(database);
  const errors: unknown[] = [];
  const asked: string[] = [];
  const access = session({
    db: database.db,
    verify: async (token) => {
      asked.push(token);
      await new Promise((done) => setTimeout(done, 1));
      return token === "right" ? "ada" : undefined;
    },
    backend: options.backend ?? memory({ clock }),
    source,
    now: () => clock.now(),
    onError: (error) => errors.push(error),
    publicUrl: options.publicUrl,
    ...(options.secure !== undefined && { secure: options.secure }),
  });
  const admin = new Hono<GuardedEnv>()
    .post("/login", (c) => access.login(c, (c, view) => c.json(view)))
    .use(guard(access.authorize, (c, why) => c.text(why, why === "nobody" ? 401 : 403), options.publicUrl))
    .get("/", (c) => c.json(c.var.administrator))
    .post("/logout", (c) => access.logout(c))
    .post("/change", (c) => c.text("changed"));
  const app = new Hono().route("/admin", admin);
  const login = (token: string, headers: Record<string, string> = {}): Promise<Response> =>
    Promise.resolve(app.request("/admin/login", { method: "POST", body: new URLSearchParams({ token }), headers }));
  const rows = (action: string): { who: string; subject: string }[] =>
    database.sqlite
      .prepare("select who, subject from sluice_audit_log where action = ? order by id")
      .all(action) as never;
  return { app, login, asked, errors, database, rows };
}

/** The cookie that an answer sets, as a browser sends it back. */
export function cookieOf(answer: Response): string {
  return answer.headers.get("Set-Cookie")?.split(";")[0] ?? "";
}

export async function enter(app: Hono, cookie: string): Promise<{ status: number; csrf?: string; who?: string }> {
  const answer = await app.request("/admin", { headers: { Cookie: cookie } });
  return { status: answer.status, ...(answer.ok && ((await answer.json()) as object)) };
}
