/** How demos write instants, for people; all in UTC. */

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `18:05`. */
export function clockOf(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}

/** `Tue 11 May`. */
export function dayOf(ms: number): string {
  const date = new Date(ms);
  return `${days[date.getUTCDay()]} ${String(date.getUTCDate()).padStart(2)} ${months[date.getUTCMonth()]}`;
}

/** `2027-05-11`. */
export function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
