/** Demo articles, newest first: a fruit grower's journal, for the feed of the Pro user. */

import type { Article } from "./article.ts";

export const smallOrchard: readonly Article[] = [
  [
    "Blossom frost: what we did and what it cost",
    "Minus 2.4 °C at four in the morning, apricots in full flower.",
    "Candles every six metres held the lower rows at zero. The upper terrace, unheated, will have a third of a crop.",
  ],
  [
    "Grafting forty old pears",
    "Scion wood from a tree that was planted before the railway came.",
    "Whip and tongue on quince, wax rather than tape. Last year 34 of 40 took; the losses were all on the windy side.",
  ],
  [
    "Why we stopped ploughing between rows",
    "Three seasons of clover, measured rather than praised.",
    "Infiltration doubled and the soil stays two degrees cooler in July. Mice doubled as well, and owls followed the mice.",
  ],
  [
    "A press that one person can carry",
    "Notes on building a rack-and-cloth press from beech and a bottle jack.",
    "Forty litres an hour, cleaned in ten minutes. Drawings at the end; mind the grain of the cross beam.",
  ],
  [
    "Counting bees, badly and usefully",
    "One minute, one branch, every sunny noon of the bloom.",
    "The counts are rough, but rough in the same way each year, and that is enough to see a trend.",
  ],
  [
    "The codling moth calendar, redrawn",
    "Degree days since the first catch agree better than any date.",
    "First flight came at 97 instead of the textbook's 100. Traps at head height caught three times those at knee height.",
  ],
  [
    "Letters: pruning in the rain",
    "Several readers object, and they are right.",
    "Canker spores travel in splashes. We have moved the plums to August and the apples to dry days in February.",
  ],
  [
    "Cider, batch 11",
    "A third Dabinett, a third whatever the neighbours brought.",
    "It stopped at 1.004 by itself and cleared in a week. Dry, a little smoky, better in April than in March.",
  ],
  [
    "What the wet summer did to the medlars",
    "They split, and then they were delicious.",
    "Bletting took eight days less than usual. Next year we cover two trees and compare.",
  ],
  [
    "A ladder is a tool for falling",
    "Tripod ladders, and why the third leg goes uphill.",
    "Nobody was hurt, which is the reason to write this now and not later.",
  ],
  [
    "Drip lines after five years",
    "Eleven per cent of emitters blocked, nearly all at the ends.",
    "A flush valve at every end and a filter of 120 mesh would have cost less than the replacements.",
  ],
  [
    "Varieties we have given up",
    "Four apples and a cherry, with apologies.",
    "Two scab, one that never keeps, one that nobody buys twice. The cherry feeds starlings and only starlings.",
  ],
  [
    "How sweet is sweet enough",
    "Refractometer readings from four hundred fruits.",
    "Sun side and shade side differ by more than any two trees. We now sample at shoulder height, east, always.",
  ],
  [
    "Storing apples without electricity",
    "A north cellar, wet sand on the floor, a hatch opened at night.",
    "Boskoop lasted until May, Gala until Christmas. Never near the pears.",
  ],
  [
    "The hens under the plums",
    "Twelve hens, forty trees, one season.",
    "Fewer fallen fruits, fewer sawfly, more fencing than anybody tells you about.",
  ],
  [
    "Planting out: spacing, again",
    "Five metres is what the books say and four is what we dug.",
    "On this soil the roots meet either way; the picker's elbow decides.",
  ],
  [
    "Reading the bark",
    "Six photographs of trouble and one of mere old age.",
    "Silver leaf shows in the wood before it shows in the leaf. Cut until the stain ends, then a hand's breadth more.",
  ],
  [
    "The price of a crate",
    "What a crate of dessert apples earned, from tree to market.",
    "Picking is a quarter, sorting a fifth, the road a tenth. The crate itself is dearer than in any year so far.",
  ],
  [
    "Winter wash, or not",
    "We left half the rows unsprayed and looked at buds under a lens.",
    "Aphid eggs: 3 per ten buds against 4. That is not worth a day's work and a rinsed tank.",
  ],
  [
    "A field guide to our own mistakes",
    "Ten years in the orchard, in the order in which they hurt.",
    "First: planting what we like to eat. Second: not writing down where.",
  ],
];
