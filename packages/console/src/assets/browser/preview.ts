/** Shows what a form would do while it is filled in: asks the form's own route, which changes nothing, and takes its answer's part. */

import { showTimes } from "./times.ts";

/** After the last key stroke. */
const pauseMs = 500;

export function previewForms(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-preview]")) {
    const id = form.dataset["preview"] ?? "";
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asked: AbortController | undefined;
    const ask = async (): Promise<void> => {
      asked?.abort();
      asked = new AbortController();
      const body = new URLSearchParams();
      for (const [name, value] of new FormData(form)) body.append(name, String(value));
      body.set("do", "preview");
      try {
        // The header says so too, for whoever looks for the token there first.
        const headers = { "X-CSRF-Token": body.get("csrf") ?? "" };
        const answer = await fetch(form.action, { method: "POST", body, headers, signal: asked.signal });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const [now, next] = [document.getElementById(id), page.getElementById(id)];
        if (!now || !next) return;
        now.replaceChildren(...next.childNodes);
        showTimes(now);
      } catch {
        // Aborted, or the server is away: what stands there stays, and sending the form says why.
      }
    };
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, pauseMs);
    });
    form.addEventListener("submit", (event) => {
      if (((event as SubmitEvent).submitter as HTMLButtonElement | null)?.value !== "preview") return;
      event.preventDefault();
      clearTimeout(timer);
      void ask();
    });
  }
}
