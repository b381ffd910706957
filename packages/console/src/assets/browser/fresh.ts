/** Keeps gauges as they are now: asks their page again, and takes its parts of the same names; not at all while nobody looks. */

import { showTimes } from "./times.ts";

const askEveryMs = 5_000;

export function keepFresh(): void {
  const parts = document.querySelectorAll<HTMLElement>("[data-fresh]");
  const from = parts[0]?.dataset["from"];
  if (from === undefined) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = async (): Promise<void> => {
    try {
      const answer = await fetch(from);
      const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
      const next = [...page.querySelectorAll<HTMLElement>("[data-fresh]")];
      for (const part of parts) {
        const now = next.find(({ dataset }) => dataset["fresh"] === part.dataset["fresh"]);
        if (!now) continue;
        part.replaceChildren(...now.childNodes);
        showTimes(part);
      }
    } catch {
      // What stands there says when it was read.
    }
    timer = document.hidden ? undefined : setTimeout(ask, askEveryMs);
  };
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) void ask();
  });
  addEventListener("pagehide", () => clearTimeout(timer));
  timer = setTimeout(ask, askEveryMs);
}
