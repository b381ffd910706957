/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** Parts of forms: every input has its label, its hint and its mistake beside it, and every form its csrf field. */

import type { Child } from "hono/jsx";
import { pathIn, useFrame, type View } from "./frame.ts";

/**
 * A form that changes something: POST with the csrf field. `confirm` is asked in a dialog first (by the script; without it the
 * form is sent at once). `inline` is one button in a row.
 */
export function Form(props: {
  to: string;
  confirm?: string;
  inline?: boolean;
  preview?: string;
  children?: Child;
}): View {
  const frame = useFrame();
  return (
    <form
      method="post"
      action={pathIn(frame, props.to)}
      class={props.inline ? "form form-inline" : "form"}
      data-confirm={props.confirm}
      data-preview={props.preview}
    >
      {frame.csrf !== undefined && <input type="hidden" name="csrf" value={frame.csrf} />}
      {props.children}
    </form>
  );
}

/** A form that asks: GET; choices send it at once where there is a script. */
export function Filters(props: { to: string; children?: Child }): View {
  return (
    <form method="get" action={pathIn(useFrame(), props.to)} class="filters" data-filters="">
      {props.children}
      <Button quiet>Filter</Button>
    </form>
  );
}

interface FieldProps {
  /** Its name in the form; its id too, after `id`'s prefix where one page has several forms. */
  name: string;
  label: string;
  value?: string | number | undefined;
  hint?: Child;
  /** The sentence of a refusal that is about this field. */
  error?: string | undefined;
  required?: boolean;
  id?: string;
}

/** One line of text, or several with `lines`. */
export function Field(
  props: FieldProps & {
    type?: "text" | "number" | "search" | "password" | "datetime-local";
    min?: number;
    max?: number;
    maxlength?: number;
    lines?: number;
    autocomplete?: string;
    placeholder?: string;
    autofocus?: boolean;
  },
): View {
  const { label, hint, error, lines, value, id = props.name, ...input } = props;
  const shared = {
    ...input,
    id,
    "aria-describedby": described(id, hint, error),
    "aria-invalid": error ? "true" : undefined,
  };
  return (
    <div class={error ? "field field-bad" : "field"}>
      <label for={id}>{label}</label>
      {lines ? (
        <textarea rows={lines} {...shared}>
          {value}
        </textarea>
      ) : (
        <input {...shared} type={input.type ?? "text"} value={value} />
      )}
      <Beside id={id} hint={hint} error={error} />
    </div>
  );
}

/** One of several. */
export function Choice(props: FieldProps & { of: readonly (readonly [value: string, label: string])[] }): View {
  const { name, label, value, hint, error, of, required, id = name } = props;
  return (
    <div class={error ? "field field-bad" : "field"}>
      <label for={id}>{label}</label>
      <select name={name} id={id} required={required} aria-describedby={described(id, hint, error)}>
        {of.map(([one, text]) => (
          <option value={one} selected={one === String(value ?? "")}>
            {text}
          </option>
        ))}
      </select>
      <Beside id={id} hint={hint} error={error} />
    </div>
  );
}

/** Yes or no; `of` what, for those who do not see what it stands under. */
export function Check(props: { name: string; label: string; of?: string; checked?: boolean; id?: string }): View {
  const { name, label, of, checked, id = name } = props;
  return (
    <div class="check">
      <input type="checkbox" name={name} id={id} value="on" checked={checked} />
      <label for={id}>
        {label}
        {of && <span class="unseen"> {of}</span>}
      </label>
    </div>
  );
}

/** Sends its form. `primary` once in a form; `danger` for what takes something away. `name` and `value` tell which was pressed. */
export function Button(props: {
  primary?: boolean;
  danger?: boolean;
  quiet?: boolean;
  name?: string;
  value?: string;
  label?: string;
  children?: Child;
}): View {
  const kind = props.primary ? " button-primary" : props.danger ? " button-danger" : props.quiet ? " button-quiet" : "";
  return (
    <button type="submit" class={`button${kind}`} name={props.name} value={props.value} aria-label={props.label}>
      {props.children}
    </button>
  );
}

function described(id: string, hint: Child, error: string | undefined): string | undefined {
  return [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ") || undefined;
}

function Beside(props: { id: string; hint: Child; error: string | undefined }): View {
  return (
    <>
      {props.hint && (
        <p class="hint" id={`${props.id}-hint`}>
          {props.hint}
        </p>
      )}
      {props.error && (
        <p class="error" id={`${props.id}-error`}>
          {props.error}
        </p>
      )}
    </>
  );
}
