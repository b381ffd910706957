/** Where a demo shows itself as it goes: a picture that is drawn over on a terminal, lines elsewhere. */

import { redrawing } from "./drawing.ts";

export interface Screen<View> {
  show(view: View): void;
}

/** Lines of one moment, no wider than so many columns. */
export type Picture<View> = (view: View, columns: number, isColoured: boolean) => string[];

/** For a stream, as it is: a terminal or not. */
export function screenOn<View>(
  out: NodeJS.WriteStream,
  picture: Picture<View>,
  lines: (out: NodeJS.WriteStream) => Screen<View>,
): Screen<View> {
  if (!out.isTTY) return lines(out);
  const isColoured = out.hasColors();
  const draw = redrawing(out);
  return { show: (view) => draw(picture(view, out.columns, isColoured)) };
}
