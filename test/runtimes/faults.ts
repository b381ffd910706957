/** The mistakes that are planted, to see that the suite notices each of them on every target that limits. */

export type FaultName =
  | "no limiter"
  | "IP after authentication"
  | "feed keyed by reader"
  | "override ignored"
  | "304 at full cost"
  | "X-Forwarded-For trusted unasked"
  | "one procedure unlimited";
