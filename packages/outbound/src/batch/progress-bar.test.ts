import { describe, expect, it } from "vitest";
import type { Progress } from "./progress.ts";
import { progressBar, showProgress } from "./progress-bar.ts";

const at = (done: number, changed: Partial<Progress> = {}): Progress => ({
  done,
  failed: 0,
  total: 20,
  running: 2,
  startedAtMs: 0,
  atMs: done * 1_000,
  ended: false,
  ...changed,
});

/** What a stream was given to write. */
function stream(isTTY: boolean, columns = 50) {
  const written: string[] = [];
  return { written, isTTY, columns, write: (text: string) => written.push(text) };
}

describe("progressBar", () => {
  it("is one line of the width that it is given", () => {
    expect(progressBar(at(14, { failed: 1, etaMs: 130_000 }), { width: 70 })).toBe(
      `${"█".repeat(14)}${"░".repeat(7)}  70 %  14/20  1 failed  2 running  2 m 10 s left`,
    );
    for (const width of [30, 40, 60, 100]) expect(progressBar(at(7), { width })).toHaveLength(width);
    expect(progressBar(at(7, { failed: 3, etaMs: 9e6 }), { width: 12 })).toHaveLength(12);
  });

  it("says 100 % of nothing less than all, and shows no bar of an unknown total", () => {
    expect(progressBar(at(1_999, { total: 2_000 }))).toContain("99 %");
    expect(progressBar(at(0, { total: 0, ended: true }))).toContain("100 %");
    expect(progressBar(at(7, { total: undefined, running: 0 }))).toBe("7 done");
    expect(progressBar(at(20, { ended: true }), { width: 30 })).toBe(`${"█".repeat(16)}  100 %  20/20`);
  });
});

describe("showProgress", () => {
  it("writes over one line on a terminal, ten times a second at most", () => {
    const terminal = stream(true);
    const show = showProgress(terminal);
    for (let ms = 0; ms < 1_000; ms += 10) show(at(1, { atMs: ms }));
    show(at(20, { atMs: 1_000, ended: true }));
    expect(terminal.written).toHaveLength(11);
    expect(terminal.written.every((text) => text.startsWith("\r") && text.includes("\u001b[K"))).toBe(true);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes of the terminal are what is taken away
    expect(terminal.written.every((text) => text.replaceAll(/[\r\n]|\u001b\[K/g, "").length === 49)).toBe(true);
    expect(terminal.written.filter((text) => text.endsWith("\n"))).toHaveLength(1);
  });

  it("writes a line for each tenth into a pipe", () => {
    const pipe = stream(false);
    const show = showProgress(pipe);
    for (let done = 0; done <= 200; done++) show(at(done, { total: 200 }));
    show(at(200, { total: 200, ended: true }));
    expect(pipe.written).toHaveLength(11);
    expect(pipe.written.every((text) => text.endsWith("\n") && !text.includes("\r") && !text.includes("\u001b"))).toBe(
      true,
    );
  });

  it("writes a line whenever twice as much is done of nobody knows how much", () => {
    const pipe = stream(false);
    const show = showProgress(pipe);
    for (let done = 0; done <= 1_000; done++) show(at(done, { total: undefined }));
    expect(pipe.written).toHaveLength(10);
  });
});
