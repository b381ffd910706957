import { header } from "@sluice/core";
import { expect, test } from "vitest";
import { addressText } from "./client-address.ts";

test.each([
  ["203.0.113.255", "203.0.113.255"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["[fe80::1:0:0:2%eth0]:443", "fe80::1:0:0:2"],
  ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
  ["nobody", ""],
])("%s is written %j", (address, text) => {
  const request = new Request("http://localhost/", { headers: { "X-Real-IP": address } });
  expect(addressText(header("X-Real-IP")({ request, env: {}, context: undefined }))).toBe(text);
});

test("a client known by another key is written as that key", () => {
  expect(addressText({ key: "cf-worker:example.com" })).toBe("cf-worker:example.com");
});
