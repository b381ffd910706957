/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** What stands around every page: the status line, the way to the other pages, and who is looking. */

import type { Child } from "hono/jsx";
import type { BackendStanding } from "../admin/standing.ts";
import { assetPath } from "../assets/assets.ts";
import type { Flash } from "./flash.ts";
import { type Frame, FrameContext, type View } from "./frame.ts";
import { Link, Notice } from "./parts.tsx";
import { Button, Form } from "./parts-form.tsx";
import { StatusLine } from "./status-line.tsx";

/** A page to go to. */
export interface Destination {
  readonly to: string;
  readonly label: string;
}

export interface LayoutProps {
  readonly frame: Frame;
  readonly title: string;
  /** One sentence under the title. */
  readonly lead?: Child;
  /** Beside the title. */
  readonly actions?: Child;
  /** The first is the product's; empty where nobody may know (the login), undefined where they could not be asked. */
  readonly standings?: readonly BackendStanding[] | undefined;
  readonly navigation: readonly Destination[];
  /** Which of them this is. */
  readonly here?: string | undefined;
  /** Who is signed in, as the app names them. */
  readonly who?: string | undefined;
  /** Where logging out is a POST to; absent where the app does it elsewhere. */
  readonly logout?: string | undefined;
  readonly flash?: Flash | undefined;
  /** Whether the page has charts: their script is large. */
  readonly charts?: boolean;
  /** A single column, for a page with one small thing to do. */
  readonly isNarrow?: boolean;
  readonly children?: Child;
}

/** A whole document. */
export function Layout(props: LayoutProps): View {
  const { frame, title, navigation, here } = props;
  return (
    <FrameContext.Provider value={frame}>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="robots" content="noindex" />
          <title>{`${title} · Sluice`}</title>
          <link rel="icon" href="data:," />
          <link rel="stylesheet" href={assetPath(frame.base, "style")} />
          {props.charts && <script src={assetPath(frame.base, "charts")} defer />}
          <script src={assetPath(frame.base, "script")} defer />
        </head>
        <body data-base={frame.base}>
          <a class="skip" href="#main">
            Skip to the content
          </a>
          <header class="top">
            <span class="brand">
              <Mark />
              Sluice
            </span>
            <div class="top-end">
              <button type="button" class="button button-quiet" data-theme-toggle="" hidden>
                Theme
              </button>
              {props.who !== undefined && (
                <span class="who">
                  <span class="unseen">Signed in as </span>
                  {props.who}
                </span>
              )}
              {props.logout !== undefined && (
                <Form to={props.logout} inline>
                  <Button quiet>Log out</Button>
                </Form>
              )}
            </div>
          </header>
          {navigation.length > 0 && (
            <nav class="places" aria-label="Pages">
              <ul>
                {navigation.map(({ to, label }) => (
                  <li>
                    <Link to={to} current={to === here}>
                      {label}
                    </Link>
                  </li>
                ))}
              </ul>
            </nav>
          )}
          <main id="main" tabindex={-1} class={props.isNarrow ? "narrow" : undefined}>
            <StatusLine standings={props.standings} />
            <Flashed flash={props.flash} />
            <div class="title">
              <h1>{title}</h1>
              {props.actions && <div class="actions">{props.actions}</div>}
            </div>
            {props.lead && <p class="lead">{props.lead}</p>}
            {props.children}
          </main>
        </body>
      </html>
    </FrameContext.Provider>
  );
}

function Flashed({ flash }: { flash: Flash | undefined }): View | null {
  if (flash === undefined) return null;
  return (
    <Notice tone={flash.tone}>
      {flash.sentence}
      {flash.undo !== undefined && (
        <Form to={`/audit/${flash.undo}/undo`} inline>
          <Button quiet>Undo</Button>
        </Form>
      )}
    </Notice>
  );
}

/** A gate in a stream. */
function Mark(): View {
  return (
    <svg class="mark" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <path d="M2 3h4v14H2zM14 3h4v14h-4z" />
      <path class="mark-water" d="M7 9h6v2H7zM7 13h6v2H7z" />
    </svg>
  );
}
