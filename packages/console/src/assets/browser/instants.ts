/** Fields of instants in the viewer's zone, as all times of a page are: forms are sent in UTC, which is what they say without a script. */

const minuteMs = 60_000;

export function localInstants(): void {
  for (const input of document.querySelectorAll<HTMLInputElement>('input[type="datetime-local"]')) {
    const label = input.labels?.[0];
    if (label?.textContent) label.textContent = label.textContent.replace("(UTC)", "(your time)");
    // What the server wrote, not what the browser kept of an earlier visit: that is local already.
    const at = Date.parse(`${input.defaultValue}Z`);
    if (!Number.isNaN(at)) input.value = written(at - new Date(at).getTimezoneOffset() * minuteMs);
    input.form?.addEventListener("formdata", ({ formData }) => {
      const local = Date.parse(input.value);
      if (!Number.isNaN(local)) formData.set(input.name, written(local));
    });
  }
}

/** As these fields write instants, to the minute. */
function written(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16);
}
