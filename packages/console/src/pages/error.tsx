/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** What is shown when a page cannot be: in words, with the way on, in the same layout. */

import type { Context } from "hono";
import { AdminError } from "../admin/admin-error.ts";
import type { View } from "./frame.ts";
import { Layout } from "./layout.tsx";
import { EmptyState, Link } from "./parts.tsx";
import { documentOf, type PageHead, type PagesEnv, show } from "./show.tsx";

const titles = {
  403: "Not for you",
  404: "Not found",
  409: "That cannot be done now",
  422: "That cannot be",
  500: "Something broke",
  503: "The database is away",
} as const;

export type ErrorStatus = keyof typeof titles;

/** The middle of an error page. */
export function ErrorView({ sentence, status }: { sentence: string; status: ErrorStatus }): View {
  return (
    <EmptyState title={sentence}>
      {status === 503 && (
        <p>
          Limits go on with the plans that were known last, and nothing was half-written. Load this page again in a
          moment.
        </p>
      )}
      <p>
        <Link to="/">To the overview</Link>
      </p>
    </EmptyState>
  );
}

/** No route has this path. */
export function missingPage(c: Context<PagesEnv>): Promise<Response> {
  return failed(c, 404, "There is no page of this address.");
}

/** An operation was refused. What is no AdminError is for the app's own handler, which has the log. */
export function failedPage(error: Error, c: Context<PagesEnv>): Promise<Response> {
  if (!(error instanceof AdminError)) throw error;
  return failed(c, error.status, error.message);
}

function failed(c: Context<PagesEnv>, status: ErrorStatus, sentence: string): Promise<Response> {
  const head: PageHead = { title: titles[status], status };
  return show(c, head, <ErrorView status={status} sentence={sentence} />);
}

/** For whoever answers before anybody is known: a whole document, without navigation. */
export function errorDocument(props: { base: string; nowMs: number; status: ErrorStatus; sentence: string }): string {
  const { base, nowMs, status, sentence } = props;
  return documentOf(
    <Layout frame={{ base, nowMs }} title={titles[status]} navigation={[]}>
      <ErrorView status={status} sentence={sentence} />
    </Layout>,
  ).toString();
}
