/** Instants in the viewer's zone, or as the time that has passed since. */

const today = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "long" });
const steps = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
] as const;

export function showTimes(within: ParentNode): void {
  for (const element of within.querySelectorAll<HTMLTimeElement>("time[datetime]")) {
    const at = new Date(element.dateTime);
    element.textContent = element.dataset["time"] === "ago" ? passed(at) : clock(at);
    element.title = exact.format(at);
  }
}

function clock(at: Date): string {
  return at.toDateString() === new Date().toDateString() ? `today, ${today.format(at)}` : full.format(at);
}

function passed(at: Date): string {
  const seconds = Math.round((at.getTime() - Date.now()) / 1_000);
  const [size, unit] = steps.find(([each]) => Math.abs(seconds) >= each) ?? steps[3];
  return ago.format(Math.trunc(seconds / size), unit);
}
