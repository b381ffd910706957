/** Parts of a list: as many as asked for, and where the next part begins. */

/** Which part. */
export interface PageQuery {
  /** 1 to 100. */
  readonly limit: number;
  /** `next` of the part before, as it was given; what is no cursor of ours is refused as AdminError `invalid`, field `after`. */
  readonly after?: string | undefined;
}

/** One part. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Absent at the end. An opaque text without addresses, names or tokens. */
  readonly next?: string | undefined;
}
