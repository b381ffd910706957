/** Follows what the limiters decide: by a stream of events, by asking again and again where that fails, not at all while nobody looks. */

import { chartOf } from "./charts.ts";

interface Counts {
  readonly allowed: number;
  readonly denied: number;
}

interface LiveCounts {
  readonly atMs: number;
  readonly minuteMs: number;
  readonly limiters: Readonly<Record<string, Counts>>;
  readonly before: Readonly<Record<string, Counts>>;
}

const askEveryMs = 4_000;
// As the server writes them.
const spoken = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
/** Rates are those of the last looks together: records are written every two seconds, in lumps. */
const looksKept = 5;
/** Points of the live chart that are kept: an hour of them. */
const kept = 1_800;

export function follow(): void {
  const sign = document.querySelector<HTMLElement>("[data-live-sign]");
  if (!sign) return;
  const base = document.body.dataset["base"] ?? "";
  let stream: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let looks: LiveCounts[] = [];

  const say = (isOn: boolean, words: string): void => {
    if (sign.dataset["state"] !== String(isOn)) sign.dataset["state"] = isOn ? "on" : "off";
    if (sign.textContent !== words) sign.textContent = words;
  };
  const take = (text: string): void => {
    const counts = JSON.parse(text) as LiveCounts;
    // An empty page has no places for numbers: with the first of them it is another page.
    if ("liveFirst" in sign.dataset && hasCounted(counts)) {
      location.reload();
      return;
    }
    if (looks[0]) show(looks[0], counts);
    looks = [...looks, counts].slice(-looksKept);
    say(true, "liveFirst" in sign.dataset ? "Waiting for the first decision" : "Live");
  };
  const poll = async (): Promise<void> => {
    try {
      const answer = await fetch(`${base}/api/live`, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      take(await answer.text());
    } catch {
      say(false, "No live numbers: the server does not answer");
    }
    timer = document.hidden ? undefined : setTimeout(poll, askEveryMs);
  };
  const start = (): void => {
    stop();
    if (!("EventSource" in window)) return void poll();
    stream = new EventSource(`${base}/live`);
    stream.addEventListener("message", ({ data }) => take(data));
    stream.addEventListener("trouble", ({ data }) => say(false, data));
    stream.addEventListener("error", () => {
      // A stream that has ended comes back by itself; one that was refused does not.
      if (stream?.readyState !== EventSource.CLOSED) return say(false, "Connecting again …");
      stop();
      void poll();
    });
  };
  const stop = (): void => {
    stream?.close();
    clearTimeout(timer);
    [stream, timer] = [undefined, undefined];
  };

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) return start();
    stop();
    looks = [];
    say(false, "Paused");
  });
  addEventListener("pagehide", stop);
  if (!document.hidden) start();
}

function hasCounted({ limiters, before }: LiveCounts): boolean {
  return [limiters, before].some((each) => Object.keys(each).length > 0);
}

/** What was added between two looks, by second. A minute that has ended is in `before` now. */
function show(from: LiveCounts, to: LiveCounts): void {
  const seconds = (to.atMs - from.atMs) / 1_000;
  if (seconds <= 0) return;
  const whole = { allowed: 0, denied: 0 };
  for (const limiter of new Set([...Object.keys(to.limiters), ...Object.keys(to.before)])) {
    for (const kind of ["allowed", "denied"] as const) {
      const added =
        (to.limiters[limiter]?.[kind] ?? 0) -
        (from.minuteMs === to.minuteMs ? (from.limiters[limiter]?.[kind] ?? 0) : 0);
      const late = from.minuteMs === to.minuteMs ? from.before : from.limiters;
      const rate = Math.max(0, added + (to.before[limiter]?.[kind] ?? 0) - (late[limiter]?.[kind] ?? 0)) / seconds;
      whole[kind] += rate;
      write(`${limiter}/${kind}`, rate);
    }
  }
  write("allowed", whole.allowed);
  write("denied", whole.denied);
  append(to.atMs, whole);
}

function write(name: string, rate: number): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-live]")) {
    if (element.dataset["live"] === name) element.textContent = spoken.format(rate);
  }
}

function append(atMs: number, whole: Counts): void {
  const chart = chartOf("rates");
  if (!chart) return;
  const { data } = chart;
  data.atMs.push(atMs);
  data.series[0]?.values.push(whole.allowed);
  data.series[1]?.values.push(whole.denied);
  while (data.atMs.length > kept)
    for (const row of [data.atMs, ...data.series.map(({ values }) => values)]) row.shift();
  chart.draw();
}
