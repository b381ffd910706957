import { expect, it } from "vitest";
import { slotOf } from "./slot.ts";

// What CLUSTER KEYSLOT answers.
it.each([
  ["{foo}", 12_182],
  ["sluice:{bar}anything", 5_061],
  ["sluice:{123456789}", 12_739],
  ["a{5:alice}31:token-bucket/60000/api}", 2_889],
  ["{1:\u00e9}", 16_381],
])("finds the slot of %s", (key, slot) => {
  expect(slotOf(key)).toBe(slot);
});
