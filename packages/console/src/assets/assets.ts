/** The files of the pages: text modules of this package, under names that change with their content. */

import { charts } from "./bundled/charts.ts";
import { script } from "./bundled/script.ts";
import { style } from "./bundled/style.ts";

/** A file as it is sent. */
export interface Asset {
  /** With the hash of its text in it, so that it may be kept for ever. */
  readonly file: string;
  readonly type: string;
  readonly text: string;
}

const javascript = "text/javascript; charset=utf-8";

export const assets = {
  style: { file: `style.${style.hash}.css`, type: "text/css; charset=utf-8", text: style.text },
  script: { file: `script.${script.hash}.js`, type: javascript, text: script.text },
  charts: { file: `charts.${charts.hash}.js`, type: javascript, text: charts.text },
} as const satisfies Record<string, Asset>;

/** Where a page of this mount finds it. */
export function assetPath(base: string, name: keyof typeof assets): string {
  return `${base}/assets/${assets[name].file}`;
}
