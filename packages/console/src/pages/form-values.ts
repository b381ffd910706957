/** What was typed into a form, as text, and how it becomes numbers and instants; what cannot is named by its field. */

import type { Context } from "hono";
import { formOf } from "../access/form.ts";
import { AdminError } from "../admin/admin-error.ts";
import type { Units } from "../plans/plan.ts";

/** Fields by name. Kept as they came, to be shown again beside what is wrong with them. */
export type Typed = Readonly<Partial<Record<string, string>>>;

/** What was refused: the form it was in, the field, why, and everything that was typed. */
export interface Refusal {
  /** Which form of the page: `override.api`. */
  readonly form: string;
  readonly error: AdminError;
  readonly typed: Typed;
}

/** One form of a page as it is to be shown: with what was typed and refused, or else with what is kept. */
export interface FormState {
  /** What a field of this name is given: its id (the page may have several forms), value and mistake. */
  at(name: string): {
    readonly name: string;
    readonly id: string;
    readonly value: string;
    readonly error: string | undefined;
    /** The first that is wrong is where one goes on. */
    readonly autofocus: boolean;
  };
  isTicked(name: string): boolean;
  /** Whether it was refused. */
  readonly isRefused: boolean;
}

/** `prefix` begins the ids of fields, for a form whose name is not fit for that. */
export function formState(form: string, kept: Typed, refusal: Refusal | undefined, prefix: string = form): FormState {
  const refused = refusal?.form === form ? refusal : undefined;
  const values = refused?.typed ?? kept;
  return {
    at: (name) => ({
      name,
      id: `${prefix}.${name}`,
      value: values[name] ?? "",
      error: refused?.error.field === name ? refused.error.message : undefined,
      autofocus: refused?.error.field === name,
    }),
    isTicked: (name) => values[name] !== undefined,
    isRefused: refused !== undefined,
  };
}

/** Does what a form asks for; an AdminError comes back as a Refusal, to be shown on the page that the form is on. */
export async function attempt(form: string, typed: Typed, work: () => unknown): Promise<Refusal | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof AdminError) return { form, error, typed };
    throw error;
  }
}

/** The texts of a form. Files are nobody's text, and left out. */
export async function typedIn(c: Context): Promise<Typed> {
  const body = await formOf(c);
  const texts = Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.assign(Object.create(null), Object.fromEntries(texts)) as Typed;
}

/** Units out of the field `name`, or unlimited where the box `name.unlimited` is ticked. Ranges are the admin's to check. */
export function unitsTyped(typed: Typed, name: string): Units {
  if (typed[`${name}.unlimited`] !== undefined) return "unlimited";
  return wholeTyped(typed, name, "Write a whole number such as 60, or tick “Unlimited”.");
}

/** The fields that say so many units. */
export function unitsAsTyped(name: string, units: Units): Typed {
  return units === "unlimited" ? { [name]: "", [`${name}.unlimited`]: "on" } : { [name]: String(units) };
}

/** Grouping commas and spaces are how people write thousands. */
function wholeTyped(typed: Typed, name: string, cure: string): number {
  const text = (typed[name] ?? "").replace(/[,\s_]/g, "");
  if (!/^\d{1,15}$/.test(text)) throw new AdminError("invalid", cure, { field: name });
  return Number(text);
}

/** A price such as `10` or `9.90`, in cents. */
export function centsTyped(typed: Typed, name: string): number {
  const match = /^(\d{1,9})(?:[.,](\d{1,2}))?$/.exec((typed[name] ?? "").trim());
  if (match === null) throw new AdminError("invalid", "Write a price such as 10 or 9.90.", { field: name });
  return Number(match[1]) * 100 + Number((match[2] ?? "0").padEnd(2, "0"));
}

/** The instant of a `datetime-local` field, read as UTC, since a browser without script cannot say which zone it is in. */
export function instantTyped(typed: Typed, name: string): number | undefined {
  const text = (typed[name] ?? "").trim();
  if (text === "") return undefined;
  const atMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text) ? Date.parse(`${text}Z`) : Number.NaN;
  if (Number.isNaN(atMs)) {
    throw new AdminError("invalid", "Choose a day and a time, such as 2030-01-31T12:00, in UTC.", { field: name });
  }
  return atMs;
}

/** An instant as a `datetime-local` field wants it, in UTC, to the minute. */
export function instantAsTyped(atMs: number | undefined): string {
  return atMs === undefined ? "" : new Date(atMs).toISOString().slice(0, 16);
}

/** The version that a form was made with. */
export function versionTyped(typed: Typed): number {
  return wholeTyped(typed, "version", "The form is incomplete. Open the page again.");
}
