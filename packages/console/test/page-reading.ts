/** A page as a person reads it, and a form as a browser without script follows it. */

import { expect } from "vitest";
import { elements, faultsOf, parsed, textOf } from "./html.ts";
import type { ConsoleApp } from "./pages-app.ts";

/** The page's text, and its value of one field; a page with a fault fails at once. */
export async function page(answer: Response | Promise<Response>) {
  const { status, headers } = await answer;
  const html = await (await answer).text();
  expect(faultsOf(html)).toEqual([]);
  const root = parsed(html);
  const all = elements(root);
  const [main] = elements(root, "main");
  return {
    status,
    headers,
    text: textOf(main ?? root).replace(/\s+/g, " "),
    field(id: string): string | undefined {
      const one = all.find(({ attributes }) => attributes.get("id") === id);
      if (one?.tag === "textarea") return textOf(one);
      if (one?.tag === "select") {
        return elements(one, "option")
          .find(({ attributes }) => attributes.has("selected"))
          ?.attributes.get("value");
      }
      if (one?.attributes.get("type") === "checkbox") return one.attributes.has("checked") ? "ticked" : "empty";
      return one?.attributes.get("value");
    },
    error: (id: string) => {
      const one = all.find(({ attributes }) => attributes.get("id") === `${id}-error`);
      return one && textOf(one);
    },
    links: elements(root, "a").map(({ attributes }) => attributes.get("href") ?? ""),
    /** The version that the form to this address was made with. */
    version(action: string): string {
      const form = elements(root, "form").find(({ attributes }) => attributes.get("action") === action);
      const field = form && elements(form, "input").find(({ attributes }) => attributes.get("name") === "version");
      return field?.attributes.get("value") ?? `no form to ${action}`;
    },
    actions: elements(root, "form").map(({ attributes }) => attributes.get("action") ?? ""),
  };
}

/** Follows the 303 of a form, with the cookie it set. */
export async function followed(the: ConsoleApp, answer: Response | Promise<Response>) {
  const { status, headers } = await answer;
  expect(status).toBe(303);
  const to = headers.get("Location") ?? "";
  const cookie = (headers.get("Set-Cookie") ?? "").split(";")[0] ?? "";
  return page(the.app.request(to, { headers: { Cookie: cookie } }));
}
