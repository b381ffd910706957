import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { scriptModule } from "../../../test/lua-script.ts";
import { redisLease, redisScripts, upstashLease, upstashScripts } from "./script.ts";

it("is made of the .lua files beside it", async () => {
  await expect(scriptModule()).toMatchFileSnapshot("script.ts");
});

it.each(
  Object.entries({ redis: redisScripts, upstash: upstashScripts, redisLease, upstashLease }).flatMap(
    ([dialect, scripts]) => Object.entries(scripts).map(([form, script]) => ({ dialect, form, ...script })),
  ),
)("has the SHA-1 of its text: $dialect, $form", ({ text, sha }) => {
  expect(sha).toBe(createHash("sha1").update(text).digest("hex"));
});

it("takes an instant only from a test, and asks the server's clock once", () => {
  for (const { shipped, test } of [redisScripts, upstashScripts, redisLease, upstashLease]) {
    expect(shipped.text.match(/'TIME'/g)).toHaveLength(1);
    expect(test.text).not.toContain("'TIME'");
    expect(shipped.text).not.toContain("remove(ARGV)");
    expect(test.text).toContain("remove(ARGV)");
  }
});

it("locks the keys of a call on Upstash, and is the same everywhere else", () => {
  expect(upstashScripts.shipped.text).toBe(`#!lua flags=allow-key-locking\n${redisScripts.shipped.text}`);
  expect(upstashLease.shipped.text).toBe(`#!lua flags=allow-key-locking\n${redisLease.shipped.text}`);
});
