/** Demo articles, newest first: news of a street, for the feed of the Free user. */

import type { Article } from "./article.ts";

export const lanternStreet: readonly Article[] = [
  [
    "The bakery is back at number 12",
    "After nine weeks of repairs the ovens are lit again.",
    "Doors open at half past six; rye comes out at eight. The queue on the first morning reached the pharmacy.",
  ],
  [
    "Crossing at the school gets its lights",
    "The signal at Mill Lane is switched on this Thursday.",
    "Until then the volunteers keep their post, twenty to eight to ten past. Three more volunteers would still be welcome.",
  ],
  [
    "Who left forty chairs in the courtyard?",
    "They are good chairs, oak, with one leg mended.",
    "If nobody claims them by Sunday they go to the choir, which has been standing since October.",
  ],
  [
    "Library opens on Sunday afternoons",
    "A trial of three months, from two to six.",
    "Returns go through the slot as before. The reading room keeps its rule about wet umbrellas.",
  ],
  [
    "Water off on Tuesday morning",
    "Works at the main valve, from eight until about noon, odd numbers only.",
    "The waterworks will leave a standpipe by the post box. Fill the kettle the night before.",
  ],
  [
    "The swifts are early",
    "First pair over the fire station on the 19th, eleven days ahead of last year.",
    "Please leave the boxes under the eaves as they are until August.",
  ],
  [
    "Minutes of the residents' meeting",
    "Bins, bicycles, and the long question of the plane tree.",
    "The tree stays. Bicycles get six stands in place of one parking bay; the bay outside number 30 was offered.",
  ],
  [
    "A tram stop moves eighty metres",
    "From May the 6 will stop in front of the swimming pool.",
    "The old shelter goes to the allotments, which have asked for it twice.",
  ],
  [
    "Found: a grey cat with opinions",
    "She has moved into the laundrette and accepts no other address.",
    "Chip unreadable, left ear notched. The laundrette is happy to keep her, her owner may wish to be asked.",
  ],
  [
    "Choir sings in the underpass",
    "Saturday at five, because of the echo.",
    "Twenty minutes, no collection. Bring a coat, it is always March down there.",
  ],
  [
    "Repair café, second round",
    "Last month: 31 objects brought, 24 carried home working.",
    "Toasters led, as ever. This time there is somebody for zips and somebody for radios.",
  ],
  [
    "The clock on the corner is right again",
    "For the first time since the storm it agrees with the station.",
    "The mechanism is from 1911 and needed one tooth. It was made by hand, in the evening, for the price of lunch.",
  ],
  [
    "Allotment list opens",
    "Four plots are free; the list opens on the first at nine.",
    "Two are shady and good for currants. One has a shed whose door opens inwards, be warned.",
  ],
  [
    "Old photographs wanted",
    "The museum is collecting pictures of the street before 1975.",
    "They are scanned while you wait. Names on the back are worth more than sharpness.",
  ],
  [
    "Snow rota, last weeks",
    "Thanks to all who shovelled; the salt is back in the yellow box.",
    "Numbers 8 to 20 are on until the end of the month, then the shovels go to the cellar.",
  ],
  [
    "A lecture about lamps",
    "Why the street is called what it is called, with eight original lanterns.",
    "Friday at seven in the reading room. The lecturer's grandfather lit them.",
  ],
  [
    "New hours at the surgery",
    "Thursdays until eight in the evening, by appointment.",
    "The telephone is answered from half past seven. Repeat prescriptions can go in the box.",
  ],
  [
    "Theft from bicycle cellar",
    "Two bicycles went from number 17 over the weekend.",
    "The lock was not broken, so somebody let somebody in. Please look who is behind you at the door.",
  ],
  [
    "The fountain's pipes are dry until spring",
    "It was drained on the first night of frost.",
    "The goldfish spend the winter at the school, in the biology room, and may be visited at break.",
  ],
  [
    "Street party: the accounts",
    "Income 2,140, expenses 1,866, and one umbrella that nobody has fetched.",
    "The rest goes into next year's band. Receipts can be seen at number 4.",
  ],
];
