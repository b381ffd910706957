/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** Tables, which become cards on narrow screens, and the way to their next part. */

import type { Child } from "hono/jsx";
import { pathIn, useFrame, type View, withQuery } from "./frame.ts";

export interface Column<Row> {
  readonly label: string;
  /** Numbers stand right, under each other. */
  readonly numeric?: boolean;
  /** The cell that names the row: a header cell. One column of a table. */
  readonly names?: boolean;
  readonly cell: (row: Row) => Child;
}

/**
 * Rows under a caption, which is hidden: the card's title says the same. `isLog`: rows that say by themselves what they are, and
 * so many that they have to be light: on narrow screens they flow, without labels.
 */
export function Table<Row>(props: {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  isLog?: boolean;
}): View {
  const { caption, columns, rows, isLog = false } = props;
  return (
    <div class="table-room">
      <table class={isLog ? "log" : "cards"}>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ label, numeric }) => (
              <th scope="col" class={numeric ? "numeric" : undefined}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>{columns.map((column) => cellOf(column, row, isLog))}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function cellOf<Row>({ label, numeric, names, cell }: Column<Row>, row: Row, isLog: boolean): View {
  const content = cell(row);
  // Beside its label a cell has one thing, however many it is made of.
  const child = isLog || content === null || content === undefined ? content : <div>{content}</div>;
  const given = { class: numeric ? "numeric" : undefined, "data-label": isLog || names ? undefined : label };
  return names ? (
    <th scope="row" {...given}>
      {child}
    </th>
  ) : (
    <td {...given}>{child}</td>
  );
}

/** To the beginning and to the next part, with the filters that hold: `query` are the other parameters of the address. */
export function Pager(props: {
  to: string;
  query: Readonly<Record<string, string | number | undefined>>;
  after?: string | undefined;
  next?: string | undefined;
}): View | null {
  const { after, next } = props;
  if (after === undefined && next === undefined) return null;
  const path = pathIn(useFrame(), props.to);
  const at = (cursor: string | undefined): string => withQuery(path, { ...props.query, after: cursor });
  return (
    <nav class="pager" aria-label="Parts of the list">
      {after !== undefined && (
        <a class="button button-quiet" href={at(undefined)}>
          To the beginning
        </a>
      )}
      {next !== undefined && (
        <a class="button" href={at(next)} rel="next">
          Next
        </a>
      )}
    </nav>
  );
}
