/** A strict reader of the pages' HTML: what a browser would mend in silence, it refuses; what a page must never have, it names. */

/** An element with what is in it. */
export interface Element {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: (Element | string)[];
  readonly parent: Element | undefined;
}

const voids = new Set(["area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"]);
const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: " " };

/** Reads a whole text. Throws where a tag is not closed, an attribute not quoted, or a `<` or `&` not escaped. */
export function parsed(html: string): Element {
  const root: Element = { tag: "#root", attributes: new Map(), children: [], parent: undefined };
  let open = root;
  let at = 0;
  const fail = (why: string): never => {
    throw new Error(`${why} at ${at}: ${JSON.stringify(html.slice(Math.max(0, at - 60), at + 60))}`);
  };
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(html);
    if (match !== null) at += match[0].length;
    return match;
  };
  while (at < html.length) {
    const words = take(/[^<]+/y);
    if (words !== null) {
      const isRaw = open.tag === "script" || open.tag === "style";
      open.children.push(isRaw ? words[0] : unescaped(words[0], fail));
      continue;
    }
    if (take(/<!doctype html>/iy) !== null) continue;
    const end = take(/<\/([a-zA-Z0-9]+)>/y);
    if (end !== null) {
      if (open.tag !== end[1] || open.parent === undefined) fail(`</${end[1]}> ends <${open.tag}>`);
      open = open.parent as Element;
      continue;
    }
    const begin = take(/<([a-zA-Z][a-zA-Z0-9]*)/y);
    if (begin === null) return fail("a bare <");
    const tag = begin[1] as string;
    const attributes = new Map<string, string>();
    for (;;) {
      const attribute = take(/\s+([a-zA-Z][\w:.-]*)(?:="([^"]*)")?/y);
      if (attribute === null) break;
      const name = (attribute[1] as string).toLowerCase();
      if (attributes.has(name)) fail(`${name} is given twice`);
      attributes.set(name, unescaped(attribute[2] ?? "", fail));
    }
    const close = take(/\s*(\/?)>/y) ?? fail(`<${tag}> has something that is no attribute`);
    const element: Element = { tag, attributes, children: [], parent: open };
    open.children.push(element);
    if (close[1] !== "/" && !voids.has(tag)) open = element;
  }
  if (open !== root) fail(`<${open.tag}> is not closed`);
  return root;
}

function unescaped(text: string, fail: (why: string) => never): string {
  return text.replace(/&(?:([a-z]+|#39);)?/g, (whole, name: string | undefined) => {
    return (name === undefined ? undefined : entities[name]) ?? fail(`${whole} is not escaped`);
  });
}

/** Every element under this one, in the order of the text. */
export function elements(of: Element, tag?: string): readonly Element[] {
  return of.children.flatMap((child) => {
    if (typeof child === "string") return [];
    const under = elements(child, tag);
    return tag === undefined || child.tag === tag ? [child, ...under] : under;
  });
}

/** All that a person reads in it, without markup; the runs of white space as they are. */
export function textOf(of: Element): string {
  return of.children.map((child) => (typeof child === "string" ? child : textOf(child))).join("");
}

/** What is wrong with a page, or with a part of one: an empty list, if nothing is. */
export function faultsOf(html: string): readonly string[] {
  const all = elements(parsed(html));
  return [
    ...all.flatMap(activeFaults),
    ...formFaults(all),
    ...labelFaults(all),
    ...headingFaults(all),
    ...idFaults(all),
  ];
}

/** Nothing that the content security policy would have to stop. */
function activeFaults({ tag, attributes, children }: Element): readonly string[] {
  const faults: string[] = [];
  const isData = attributes.get("type") === "application/json";
  if (tag === "script" && !isData && (children.length > 0 || !attributes.has("src"))) faults.push("an inline script");
  if (["style", "iframe", "object", "embed", "base"].includes(tag)) faults.push(`<${tag}>`);
  for (const [name, value] of attributes) {
    if (name === "style" || name === "srcdoc" || name.startsWith("on")) faults.push(`${name}= on <${tag}>`);
    const isAddress = ["href", "src", "action", "formaction"].includes(name);
    if (tag === "link" && value === "data:,") continue; // No icon, without asking for one.
    if (isAddress && !/^(?:[/#?]|[\w.-]+(?:[/?#]|$))/.test(value)) faults.push(`${name}="${value}" on <${tag}>`);
  }
  return faults;
}

function formFaults(all: readonly Element[]): readonly string[] {
  const forms = all.filter(
    ({ tag, attributes }) => tag === "form" && attributes.get("method")?.toLowerCase() === "post",
  );
  return forms
    .filter((form) => !elements(form, "input").some((input) => input.attributes.get("name") === "csrf"))
    .map((form) => `the form to ${form.attributes.get("action")} has no csrf`);
}

function labelFaults(all: readonly Element[]): readonly string[] {
  const named = new Set(all.filter(({ tag }) => tag === "label").map(({ attributes }) => attributes.get("for")));
  const silent = new Set(["hidden", "submit", "button"]);
  return all
    .filter(
      ({ tag, attributes }) =>
        ["input", "select", "textarea"].includes(tag) && !silent.has(attributes.get("type") ?? ""),
    )
    .filter(({ attributes }) => !attributes.get("aria-label") && !named.has(attributes.get("id") ?? "?"))
    .filter((field) => !isWithin(field, "label"))
    .map(({ attributes }) => `the field ${attributes.get("name")} has no label`);
}

function isWithin({ parent }: Element, tag: string): boolean {
  return parent !== undefined && (parent.tag === tag || isWithin(parent, tag));
}

/** A heading is at most one level below the one before. */
function headingFaults(all: readonly Element[]): readonly string[] {
  const levels = all.filter(({ tag }) => /^h[1-6]$/.test(tag)).map(({ tag }) => Number(tag[1]));
  return levels.flatMap((level, at) => {
    const before = at === 0 ? level : (levels[at - 1] as number);
    return level > before + 1 ? [`h${level} follows h${before}`] : [];
  });
}

function idFaults(all: readonly Element[]): readonly string[] {
  const seen = new Set<string>();
  const faults: string[] = [];
  for (const { attributes } of all) {
    const id = attributes.get("id");
    if (id !== undefined && seen.has(id)) faults.push(`the id ${id} is given twice`);
    if (id !== undefined) seen.add(id);
    for (const name of ["aria-describedby", "aria-labelledby"]) {
      for (const to of attributes.get(name)?.split(" ") ?? []) {
        if (!all.some((one) => one.attributes.get("id") === to)) faults.push(`${name} names ${to}, which is not there`);
      }
    }
  }
  return faults;
}
