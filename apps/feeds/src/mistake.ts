/** How a mistaken setting is told. */

/** Hears of a mistake, and gives what stands for the value meanwhile. */
export type Mistaken = (mistake: string) => "";

/** Takes mistakes down, each as a line that ends like a sentence. */
export function mistakesHeard(): { readonly mistakes: readonly string[]; readonly mistaken: Mistaken } {
  const mistakes: string[] = [];
  return {
    mistakes,
    mistaken(mistake) {
      mistakes.push(/[.!]$/.test(mistake) ? mistake : `${mistake}.`);
      return "";
    },
  };
}

/** A value as JSON, so that text stands in quotes, short enough for one line, and without the password of an address. */
export function shortened(value: unknown): string {
  const cut = (given: string): string => {
    // An address of a database may stand in the place of any other setting by mistake, and what is told ends up in logs.
    const text = given.replace(/(:?\/\/|:).*@/s, "$1***@");
    return text.length > 80 ? `${text.slice(0, 80)}…` : text;
  };
  return typeof value === "string" ? JSON.stringify(cut(value)) : cut(String(JSON.stringify(value)));
}
