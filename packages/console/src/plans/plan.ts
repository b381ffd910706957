/** A plan, as people see and edit it. */

/** A number of units, or no limit at all. */
export type Units = number | "unlimited";

/** What a plan says, without what only the database knows. */
export interface PlanDraft {
  readonly name: string;
  /** Units by the limit's name: every limit has one. */
  readonly limits: Readonly<Record<string, Units>>;
  readonly priceCents: number;
  readonly features: readonly string[];
}

/** A plan as it is kept. */
export interface Plan extends PlanDraft {
  /** What users' rows name it by: lower case letters, digits and hyphens, 1 to 40. */
  readonly id: string;
  /** To be sent along with an edit. */
  readonly version: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}
