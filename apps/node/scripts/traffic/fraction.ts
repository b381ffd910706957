/** Exact fractions of whole numbers of any size, always in lowest terms. */

export interface Fraction {
  readonly over: bigint;
  /** Above zero. */
  readonly under: bigint;
}

/** The fraction of two whole numbers. */
export function fraction(over: bigint | number, under: bigint | number = 1n): Fraction {
  const [a, b] = [BigInt(over), BigInt(under)];
  if (b === 0n) throw new RangeError("A fraction of zeroths.");
  const divisor = b < 0n ? -common(a, b) : common(a, b);
  return { over: a / divisor, under: b / divisor };
}

export const zero: Fraction = fraction(0);

export function plus(a: Fraction, b: Fraction): Fraction {
  return fraction(a.over * b.under + b.over * a.under, a.under * b.under);
}

export function minus(a: Fraction, b: Fraction): Fraction {
  return fraction(a.over * b.under - b.over * a.under, a.under * b.under);
}

export function times(a: Fraction, b: Fraction): Fraction {
  return fraction(a.over * b.over, a.under * b.under);
}

export function divided(a: Fraction, b: Fraction): Fraction {
  return fraction(a.over * b.under, a.under * b.over);
}

export function isLess(a: Fraction, b: Fraction): boolean {
  return a.over * b.under < b.over * a.under;
}

export function isEqual(a: Fraction, b: Fraction): boolean {
  return a.over === b.over && a.under === b.under;
}

export function larger(a: Fraction, b: Fraction): Fraction {
  return isLess(a, b) ? b : a;
}

export function smaller(a: Fraction, b: Fraction): Fraction {
  return isLess(b, a) ? b : a;
}

/** The smallest whole number that is not below it. */
export function ceiling({ over, under }: Fraction): bigint {
  const quotient = over / under;
  return over % under > 0n ? quotient + 1n : quotient;
}

/** The nearest double, or one beside it. */
export function approximate({ over, under }: Fraction): number {
  const whole = over / under;
  return Number(whole) + Number(over - whole * under) / Number(under);
}

/** Units as given, rounded up to a hundredth; what a double is off by is far below the ninth decimal. */
export function hundredthsOf(cost: number): Fraction {
  const billionths = BigInt(cost.toFixed(9).replace(".", ""));
  return fraction(ceiling(fraction(billionths, 10_000_000n)), 100n);
}

function common(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y > 0n) [x, y] = [y, x % y];
  return x === 0n ? 1n : x;
}
