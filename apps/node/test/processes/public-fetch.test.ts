import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { runtimes } from "../../scripts/runtimes.ts";
import { installed } from "../app-process.ts";

const probe = fileURLToPath(new URL("../public-fetch-probe.ts", import.meta.url));
const cwd = fileURLToPath(new URL("../..", import.meta.url));

test.each(installed)(
  "on $name only addresses that were checked are connected to, by http and https",
  async ({ name }) => {
    const [program, ...args] = runtimes[name].command({ bundle: probe });
    // Node strips types by itself, but reads no JSX, which the product's console is written in.
    const loader = name === "node" ? ["--import", "tsx"] : [];
    const { stdout } = await promisify(execFile)(program, [...loader, ...args], { cwd, timeout: 25_000 });
    expect(JSON.parse(stdout)).toEqual({
      http: "RefusedAddressError",
      https: "RefusedAddressError",
      literal: "RefusedAddressError",
      // By the lookup that it was given, once for each: so that the proof before it was passed.
      asked: ["news.example", "news.example"],
      touched: { requests: 0, connections: 0 },
      allowed: "hello",
      aborted: "enough",
    });
  },
);
