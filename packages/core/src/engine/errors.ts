/** What goes wrong by name: a mistake in configuration has a stable code, the offending value and the cure. */

// Two installed copies of Sluice share this symbol; `instanceof` would not recognise the other copy's errors.
const marker: unique symbol = Symbol.for("sluice.error");

/** Stable codes of mistakes in configuration. Each has a section in docs/errors.md. */
export type ConfigErrorCode =
  | "SLUICE_POLICY_NAME"
  | "SLUICE_POLICY_LIMIT"
  | "SLUICE_POLICY_WINDOW"
  | "SLUICE_POLICY_BURST"
  | "SLUICE_POLICY_ALGORITHM"
  | "SLUICE_POLICY_TIME_ZONE"
  | "SLUICE_POLICY_TOO_LARGE"
  | "SLUICE_DURATION"
  | "SLUICE_COST"
  | "SLUICE_COST_NEVER_FITS"
  | "SLUICE_CHARGE_CONFLICT"
  | "SLUICE_CHARGE_KEY"
  | "SLUICE_CHARGE_MODE"
  | "SLUICE_DELAY_UNSUPPORTED"
  | "SLUICE_BLOCK"
  | "SLUICE_LEASE"
  | "SLUICE_SCHEDULE"
  | "SLUICE_CHECKPOINT"
  | "SLUICE_LIMITS_APART"
  | "SLUICE_RESERVATION_OVER"
  | "SLUICE_WARMUP_SCHEDULE"
  | "SLUICE_WARMUP_PROGRESS"
  | "SLUICE_INBOX"
  | "SLUICE_INBOX_TWICE"
  | "SLUICE_OPTION_UNKNOWN"
  | "SLUICE_OPTION_TYPE"
  | "SLUICE_OPTION_MISSING"
  | "SLUICE_LIMITER_NAME_TWICE"
  | "SLUICE_LIMITER_MOUNTED_TWICE"
  | "SLUICE_BACKEND_UNSUPPORTED"
  | "SLUICE_BASE_URL"
  | "SLUICE_BINDING_MISSING"
  | "SLUICE_SQLITE_TRANSACTION"
  | "SLUICE_CLIENT_ADDRESS"
  | "SLUICE_CLIENT_MISSING"
  | "SLUICE_PLAN_UNKNOWN";

/** Every error Sluice throws on purpose; the code is stable, the message is for people. */
export class SluiceError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { readonly cause?: unknown }) {
    super(`[sluice] ${code}: ${message}`, options);
    this.name = "SluiceError";
    this.code = code;
    Object.defineProperty(this, marker, { value: true });
  }
}

/**
 * A mistake in configuration, thrown when it is made and never swallowed by a failure rule.
 *
 * The message names the offending value and the cure.
 */
export class ConfigError extends SluiceError {
  readonly value: unknown;
  readonly cure: string;

  constructor(code: ConfigErrorCode, problem: string, value: unknown, cure: string) {
    super(code, `${problem}; got ${shown(value)}. ${cure}`);
    this.name = "ConfigError";
    this.value = value;
    this.cure = cure;
  }
}

/** True for an error of any installed copy of Sluice (`instanceof` fails when two copies meet). */
export function isSluiceError(error: unknown): error is SluiceError {
  return typeof error === "object" && error !== null && marker in error;
}

/** True for a {@link ConfigError} of any installed copy of Sluice. */
export function isConfigError(error: unknown): error is ConfigError {
  return isSluiceError(error) && error.name === "ConfigError";
}

/** The value as a reader would write it, short enough for one log line. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  return String(value);
}
