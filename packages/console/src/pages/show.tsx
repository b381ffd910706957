/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** How routes answer with a page, and where they send whoever filled in a form. */

import type { Context } from "hono";
import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import type { Administrator } from "../access/authorize.ts";
import type { Admin } from "../admin/admin.ts";
import type { BackendStanding } from "../admin/standing.ts";
import { type Done, setFlash, takeFlash } from "./flash.ts";
import { type Frame, pathIn } from "./frame.ts";
import { type Destination, Layout } from "./layout.tsx";

/** What the middlewares before the pages put into the context. */
export interface PagesEnv {
  Variables: {
    /** By the check of access. */
    administrator: Administrator;
    /** By pages(). */
    frame: Frame;
    navigation: readonly Destination[];
    logout: string | undefined;
    admin: Admin;
    /** Asked at most once for a page. */
    standings: Promise<readonly BackendStanding[] | undefined> | undefined;
  };
}

export interface PageHead {
  readonly title: string;
  /** The destination it belongs to: "/plans". */
  readonly here?: string;
  readonly lead?: Child;
  readonly actions?: Child;
  readonly charts?: boolean;
  /** 200 unless given. */
  readonly status?: 200 | 403 | 404 | 409 | 422 | 500 | 503;
}

/** How the limits stand; undefined where that cannot be asked: the page is more important. */
export function standingsOf(c: Context<PagesEnv>): Promise<readonly BackendStanding[] | undefined> {
  let standings = c.var.standings;
  if (standings === undefined) {
    standings = Promise.resolve()
      .then(() => c.var.admin.standings())
      .catch(() => undefined);
    c.set("standings", standings);
  }
  return standings;
}

/** Answers with the view within the layout. */
export async function show(c: Context<PagesEnv>, head: PageHead, view: Child): Promise<Response> {
  const { frame, navigation, administrator, logout } = c.var;
  const standings = await standingsOf(c);
  const page = (
    <Layout
      frame={frame}
      title={head.title}
      lead={head.lead}
      actions={head.actions}
      standings={standings}
      navigation={navigation}
      here={head.here}
      who={administrator?.who}
      logout={logout}
      flash={takeFlash(c, frame.base)}
      charts={head.charts ?? false}
    >
      {view}
    </Layout>
  );
  return c.html(documentOf(page), head.status ?? 200);
}

/** A whole document as text. */
export function documentOf(page: { toString(): string | Promise<string> }): ReturnType<typeof raw> {
  return raw(`<!doctype html>${page}`);
}

/**
 * After a form: 303 to a path of the console's, where the sentence of the change is shown. With `undoable`, the subject of the
 * change in the audit log, the sentence comes with a button that undoes it.
 */
export async function done(c: Context<PagesEnv>, to: string, action: Done, undoable?: string): Promise<Response> {
  const { frame, admin, administrator } = c.var;
  const line = undoable === undefined ? undefined : (await admin.audit.list({ subject: undoable, limit: 1 })).items[0];
  // Somebody else may have changed the same thing in between: that is not this one's to undo.
  const isOwn = line?.action === action && line.who === administrator.who && line.canUndo;
  setFlash(c, frame.base, action, isOwn ? line.id : undefined);
  return c.redirect(pathIn(frame, to), 303);
}
