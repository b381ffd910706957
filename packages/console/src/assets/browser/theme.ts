/** Light or dark: as the system says, until the viewer says otherwise; remembered by this browser. */

const kept = "sluice-theme";
const root = document.documentElement;

export function offerThemes(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-theme-toggle]");
  const chosen = read();
  if (chosen) root.dataset["theme"] = chosen;
  if (!button) return;
  const show = (): void => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `Use the ${isDark() ? "light" : "dark"} theme`);
  };
  button.hidden = false;
  show();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    root.dataset["theme"] = theme;
    try {
      localStorage.setItem(kept, theme);
    } catch {
      // Forbidden by the browser: it holds for this page.
    }
    show();
    document.dispatchEvent(new Event("themechange"));
  });
}

function isDark(): boolean {
  const theme = root.dataset["theme"];
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function read(): string | undefined {
  try {
    const theme = localStorage.getItem(kept);
    return theme === "light" || theme === "dark" ? theme : undefined;
  } catch {
    return undefined;
  }
}
