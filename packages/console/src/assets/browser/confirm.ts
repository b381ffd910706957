/** Asks before a form is sent that says so: the browser's dialog element keeps the focus and closes on Escape. */

export function confirmForms(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const question = form.dataset["confirm"];
    const button = (event as SubmitEvent).submitter as HTMLButtonElement | null;
    if (!question || form.dataset["confirmed"] !== undefined || button?.value === "preview") return;
    event.preventDefault();
    ask(question, button, () => {
      form.dataset["confirmed"] = "";
      form.requestSubmit(button);
      delete form.dataset["confirmed"];
    });
  });
}

/** What takes something away is asked in its own colour. */
function ask(question: string, sender: HTMLButtonElement | null, act: () => void): void {
  const dialog = document.createElement("dialog");
  const text = document.createElement("p");
  text.id = "question";
  text.textContent = question;
  dialog.setAttribute("aria-labelledby", text.id);
  const row = document.createElement("div");
  row.className = "actions";
  const no = button("Cancel", "button");
  const kind = sender?.classList.contains("button-danger") ? "danger" : "primary";
  const go = button(sender?.textContent?.trim() || "Go on", `button button-${kind}`);
  row.append(no, go);
  dialog.append(text, row);
  document.body.append(dialog);
  no.addEventListener("click", () => dialog.close());
  go.addEventListener("click", () => {
    dialog.close();
    act();
  });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  no.focus();
}

function button(text: string, className: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = className;
  made.textContent = text;
  return made;
}
