/** Small helps with forms: filters that are sent when something is chosen, and texts that are copied. */

export function sendFilters(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-filters]")) {
    form.addEventListener("change", (event) => {
      if ((event.target as Element).matches("select, [type=checkbox], [type=radio]")) form.requestSubmit();
    });
    // What was left empty would stand in the address.
    form.addEventListener("formdata", ({ formData }) => {
      for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
    });
  }
}

export function offerCopying(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copy]")) {
    if (!navigator.clipboard) return;
    button.hidden = false;
    const before = button.textContent;
    button.addEventListener("click", async () => {
      const wasCopied = await navigator.clipboard.writeText(button.dataset["copy"] ?? "").then(
        () => true,
        () => false,
      );
      button.textContent = wasCopied ? "Copied" : "Not copied";
      setTimeout(() => {
        button.textContent = before;
      }, 1_500);
    });
  }
}
