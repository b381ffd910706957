/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/**
 * The parts that pages are made of: cards, notices, badges, bars, empty states, times.
 *
 * Conventions of all pages:
 * - A view is a plain function from data to JSX, never asynchronous and without a question to anybody; routes fetch.
 * - No inline style or handler (the CSP refuses them): classes, `data-` attributes that the script knows, SVG attributes.
 * - Paths are the console's own ("/plans"): `Link`, `Form` and `pathIn` put the mount in front.
 * - Forms are `Form` (which carries the csrf field), inputs are `Field`, `Choice` or `Check` (which carry their labels).
 * - A page has one h1, its title; a card's title is an h2, inside a card h3 follows.
 * - Tones: "good", "warn", "bad", or none; never colour alone: a word says the same.
 * - Instants are `Time`, lengths `lasting()`, numbers `count()`: see words.ts.
 * - What clients sent is text like any other; long text goes into `Cut`, within links into `Brief`.
 */

import type { Child } from "hono/jsx";
import { pathIn, useFrame, type View } from "./frame.ts";
import { count, cut, utc } from "./words.ts";

export type Tone = "good" | "warn" | "bad";

const toned = (name: string, tone: Tone | undefined): string => (tone ? `${name} ${name}-${tone}` : name);

/** A titled block. `actions` stand beside the title; `wide` takes the whole row of a `Grid`. */
export function Card(props: { title: string; lead?: Child; actions?: Child; wide?: boolean; children?: Child }): View {
  return (
    <section class={props.wide ? "card card-wide" : "card"}>
      <header class="card-head">
        <h2>{props.title}</h2>
        {props.actions && <div class="actions">{props.actions}</div>}
      </header>
      {props.lead && <p class="lead">{props.lead}</p>}
      {props.children}
    </section>
  );
}

/** Cards side by side where there is room; `small` ones by three. */
export function Grid(props: { small?: boolean; children?: Child }): View {
  return <div class={props.small ? "grid grid-small" : "grid"}>{props.children}</div>;
}

/** A few words with a meaning: `tone` colours it. */
export function Badge(props: { tone?: Tone | undefined; children?: Child }): View {
  return <span class={toned("badge", props.tone)}>{props.children}</span>;
}

/** A message in the page. A bad one is an alert, others a status. */
export function Notice(props: { tone?: Tone | undefined; title?: string; children?: Child }): View {
  return (
    <div class={toned("notice", props.tone)} role={props.tone === "bad" ? "alert" : "status"}>
      {props.title && <strong>{props.title} </strong>}
      {props.children}
    </div>
  );
}

/** Where there is nothing yet: what is missing, and what to do for it. */
export function EmptyState(props: { title: string; children?: Child }): View {
  return (
    <div class="empty">
      <p class="empty-title">{props.title}</p>
      {props.children}
    </div>
  );
}

/** One large number with its name. */
export function Stat(props: {
  label: string;
  value: Child;
  tone?: Tone | undefined;
  live?: string;
  children?: Child;
}): View {
  return (
    <div class={toned("stat", props.tone)}>
      <span class="stat-label">{props.label}</span>
      <span class="stat-value" data-live={props.live}>
        {props.value}
      </span>
      {props.children && <span class="stat-more">{props.children}</span>}
    </div>
  );
}

/**
 * So much of so much, as a bar with its numbers: warns from 80 % on and is bad when full. Without `used` it says "unknown",
 * and why.
 */
export function Gauge(props: {
  label: string;
  used?: number | undefined;
  of: number | "unlimited";
  unit?: string;
  because?: string | undefined;
  more?: Child;
}): View {
  const { label, used, of, unit } = props;
  const part = used === undefined || of === "unlimited" ? 0 : of === 0 ? 1 : used / of;
  const tone = part >= 1 ? "bad" : part >= 0.8 ? "warn" : undefined;
  const numbers =
    used === undefined ? "unknown" : of === "unlimited" ? `${count(used)}, no limit` : `${count(used)} of ${count(of)}`;
  return (
    <div class="gauge">
      <div class="gauge-line">
        <span class="gauge-label">{label}</span>
        <span class="gauge-numbers">
          {numbers}
          {unit && used !== undefined && <span class="quiet"> {unit}</span>}
        </span>
      </div>
      {/* Not a meter element: browsers draw those as they like. */}
      {used !== undefined && of !== "unlimited" && (
        <svg
          class={toned("bar", tone)}
          viewBox="0 0 100 1"
          preserveAspectRatio="none"
          role="img"
          aria-label={`${label}: ${numbers}`}
        >
          <rect width={Math.min(1, part) * 100} height={1} />
        </svg>
      )}
      {(props.because || props.more) && (
        <p class="quiet">
          {props.because}
          {props.more}
        </p>
      )}
    </div>
  );
}

/** Numbers of this moment: the script goes on reading them from the page at `from`, part by part. `name`: once in a page. */
export function Fresh(props: { name: string; from: string; children?: Child }): View {
  return (
    <div class="stack" data-fresh={props.name} data-from={pathIn(useFrame(), props.from)}>
      {props.children}
    </div>
  );
}

/** An instant; the script puts it into the viewer's zone, as "5 min ago" with `ago`. */
export function Time(props: { at: number; ago?: boolean }): View {
  return (
    <time datetime={instantOf(props.at)} data-time={props.ago ? "ago" : undefined}>
      {utc(props.at)}
    </time>
  );
}

/** To the second: a page may have many. */
function instantOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** A link within the console. `current` marks where the viewer is. */
export function Link(props: { to: string; current?: boolean; label?: string; children?: Child }): View {
  return (
    <a href={pathIn(useFrame(), props.to)} aria-current={props.current ? "page" : undefined} aria-label={props.label}>
      {props.children}
    </a>
  );
}

/** A name, id or key in the fixed width. */
export function Code(props: { children?: Child }): View {
  return <code>{props.children}</code>;
}

/** Text of any length: what is longer than `at` characters is cut and unfolds. */
export function Cut(props: { text: string; at?: number }): View {
  const { text, at = 60 } = props;
  const beginning = cut(text, at);
  if (beginning === text) return <bdi>{text}</bdi>;
  return (
    <details class="cut">
      <summary>
        <bdi>{beginning}</bdi>
      </summary>
      <bdi>{text}</bdi>
    </details>
  );
}

/** The beginning of a text, the whole as its title: where it cannot unfold, as in a link. */
export function Brief(props: { text: string; at?: number }): View {
  const { text, at = 40 } = props;
  const beginning = cut(text, at);
  return beginning === text ? <bdi>{text}</bdi> : <bdi title={text}>{beginning}</bdi>;
}

/** Names and values, one under the other. */
export function Facts(props: { of: readonly (readonly [label: string, value: Child])[] }): View {
  return (
    <dl class="facts">
      {props.of.map(([label, value]) => (
        <div>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
