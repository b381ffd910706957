/** Filters are sent when something is chosen. */

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
