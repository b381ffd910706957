/** What every part of a page may need to know, without its being handed down: where the console is mounted, who looks, what time it is. */

import { createContext, useContext } from "hono/jsx";
import type { JSX } from "hono/jsx/jsx-runtime";

/** A piece of a page. */
export type View = JSX.Element;

export interface Frame {
  /** Where the pages are mounted, without a slash at the end: `/admin`; empty at the root. */
  readonly base: string;
  readonly nowMs: number;
  /** Goes into every form as the field `csrf`; absent where the browser does not send by itself who it is. */
  readonly csrf?: string | undefined;
}

export const FrameContext = createContext<Frame>({ base: "", nowMs: 0 });

/** The frame around the part that asks; parts are plain functions, never asynchronous ones. */
export function useFrame(): Frame {
  return useContext(FrameContext);
}

/** A path with these parameters; what is undefined or empty asks for nothing, and is left out. */
export function withQuery(path: string, query: Readonly<Record<string, string | number | undefined>>): string {
  const asked = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === "" ? [] : [[name, String(value)]],
  );
  return asked.length === 0 ? path : `${path}?${new URLSearchParams(asked)}`;
}

/** Where a path of the console's is: `/plans` becomes `/admin/plans`, and `/` the mount itself. */
export function pathIn(frame: Pick<Frame, "base">, path: string): string {
  return path === "/" ? frame.base || "/" : `${frame.base}${path}`;
}
