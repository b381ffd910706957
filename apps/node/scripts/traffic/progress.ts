/** How far a replay is: a bar on a terminal, a line every few seconds elsewhere. */

export interface Progress {
  update(done: number, denied: number): void;
  end(): void;
}

const barWidth = 30;
const redrawMs = 100;
const lineMs = 5_000;

export function progress(total: number, out: NodeJS.WriteStream): Progress {
  const everyMs = out.isTTY ? redrawMs : lineMs;
  let shownMs = performance.now();

  const text = (done: number, denied: number): string => {
    const share = total === 0 ? 1 : done / total;
    const filled = Math.round(share * barWidth);
    const bar = out.isTTY ? `${"█".repeat(filled)}${"░".repeat(barWidth - filled)} ` : "";
    const numbers = [done, total, denied].map((number) => number.toLocaleString("en"));
    return `${bar}${String(Math.floor(share * 100)).padStart(3)} %  ${numbers[0]} of ${numbers[1]}, ${numbers[2]} denied`;
  };

  return {
    update(done, denied) {
      if (performance.now() - shownMs < everyMs && !(out.isTTY && done === total)) return;
      shownMs = performance.now();
      out.write(out.isTTY ? `\r\x1b[2K${text(done, denied)}` : `${text(done, denied)}\n`);
    },
    end() {
      if (out.isTTY) out.write("\n");
    },
  };
}
