/** What an administrator is told when something cannot be done. */

/** Why, for programs; each has one status. */
export type AdminErrorCode =
  | "invalid" // 422: a value that makes no sense; `field` names it
  | "unknown" // 404: there is no such plan, user, API
  | "exists" // 409: a plan of this id is there
  | "in-use" // 409: a plan that users are on
  | "stale" // 409: somebody else has edited it meanwhile
  | "unservable" // 422: the backend cannot express it
  | "unsupported" // 409: the backend, or the app, has no such thing
  | "unavailable"; // 503: the database or the backend does not answer

export const adminStatuses = {
  invalid: 422,
  unknown: 404,
  exists: 409,
  "in-use": 409,
  stale: 409,
  unservable: 422,
  unsupported: 409,
  unavailable: 503,
} as const satisfies Record<AdminErrorCode, number>;

/** An operation that was refused and changed nothing. Its message is a sentence for people, with the cure. */
export class AdminError extends Error {
  override readonly name = "AdminError";
  readonly code: AdminErrorCode;
  /** The field of the form that is wrong, as the API calls it: `limits.api`. */
  readonly field: string | undefined;

  constructor(code: AdminErrorCode, message: string, options: { field?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.field = options.field;
  }

  get status(): (typeof adminStatuses)[AdminErrorCode] {
    return adminStatuses[this.code];
  }
}
