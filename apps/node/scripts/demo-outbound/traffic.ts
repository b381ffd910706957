/** Whether anything goes on, by which the clock goes slower: a job that works, a call or a mail on its way. */

import type { LocalTime } from "@sluice/outbound";

export interface Traffic {
  /** Counts as going on until it is settled. */
  during<T>(work: Promise<T>): Promise<T>;
  /** The time of those who work: while they sleep they do not. */
  time(of: LocalTime): LocalTime;
  isOn(): boolean;
}

export function traffic(): Traffic {
  let count = 0;
  const counted = async <T>(work: Promise<T>, by: number): Promise<T> => {
    count += by;
    try {
      return await work;
    } finally {
      count -= by;
    }
  };
  return {
    during: (work) => counted(work, 1),
    time: ({ now, sleep }) => ({ now, sleep: (ms, signal) => counted(sleep(ms, signal), -1) }),
    isOn: () => count > 0,
  };
}
