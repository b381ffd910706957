/** The mistakes that the runtimes suite plants follow the code: each finds what it replaces, once. */

import { expect, it } from "vitest";
import { faults } from "../runtimes/faults.ts";
import { read } from "./workspace.ts";

it.each(Object.entries(faults))("%s can be planted", (_, { file, find }) => {
  expect(read(file).split(find), file).toHaveLength(2);
});
