/** Demo articles, newest first: a railway's notices, for the feed of the Enterprise user. */

import type { Article } from "./article.ts";

export const northline: readonly Article[] = [
  [
    "Summer timetable is out",
    "Valid from 14 June: an hourly train to the coast until ten at night.",
    "The first service from Eastmoor leaves eleven minutes earlier. Connections at Harrow Bridge are now six minutes instead of four.",
  ],
  [
    "Viaduct works: buses for two weekends",
    "No trains between Aldern and Thorpe Quay on 11–12 and 18–19 April.",
    "Buses leave from the forecourt every twenty minutes and carry bicycles only if folded.",
  ],
  [
    "Quiet coach returns",
    "Coach C of every intercity train, from Monday.",
    "Conversation is allowed, telephones are not. Staff will ask once and kindly.",
  ],
  [
    "Performance in the first quarter",
    "92.6 per cent of trains arrived within three minutes of the timetable.",
    "Signals caused a third of all delay, doors a fifth, weather less than expected. The full table is in the archive.",
  ],
  [
    "Lost property moves",
    "The office is now beside platform 1 at Central, open from seven to seven.",
    "Articles are kept for ninety days. Last month's list includes a tuba and a wedding cake, uncollected.",
  ],
  [
    "New lifts at Harrow Bridge",
    "Both platforms are step-free for the first time.",
    "The old ramp stays open until autumn. The lifts speak, and can be heard over a passing freight train; we tried.",
  ],
  [
    "Ticket machines accept contactless only at three halts",
    "Cash remains at every staffed station.",
    "Fennel Road, Skerry and Upper Lode had one sale in cash each week. Fares can still be paid to the conductor.",
  ],
  [
    "Storm timetable on Thursday",
    "Speed is limited to 80 km/h north of Aldern from noon.",
    "Expect ten to fifteen minutes more. The ferry connection is held for the 16:04, and only for that train.",
  ],
  [
    "Seat reservations open ninety days ahead",
    "Until now it was sixty.",
    "Groups of ten and more still write to us, and get an answer within two working days.",
  ],
  [
    "Night train, second year",
    "The sleeper ran full on 71 of 90 nights.",
    "It returns from May with one more couchette coach and, by many requests, a later breakfast.",
  ],
  [
    "Track renewal at Skerry finished early",
    "Four days ahead of plan, in spite of the rain.",
    "Trains run at line speed again from tomorrow's first service. Thank you for bearing with the noise.",
  ],
  [
    "Bicycle spaces can be booked",
    "Six per train, free of charge, through the usual channels.",
    "A space without booking can be used when it is empty. Tandems count as two.",
  ],
  [
    "Conductor trainees wanted",
    "Twelve places, starting in September.",
    "You need patience, a clear voice and to be awake at four now and then. The rest we teach.",
  ],
  [
    "Old rolling stock finds a home",
    "Three diesel cars of 1968 go to the museum line at Thorpe Quay.",
    "They leave under their own power on Saturday, around eleven. The embankment at Lode is a good place to wave.",
  ],
  [
    "Fares stay as they are",
    "No change before next January.",
    "The monthly pass now includes the harbour ferry on weekdays as well.",
  ],
  [
    "Signal box open day",
    "Levers, bells and block instruments, last Sunday of the month.",
    "Groups of eight, every half hour. Sturdy shoes; the stairs are original.",
  ],
  [
    "Wi-Fi on the branch line",
    "All twelve units are fitted.",
    "It is good enough for letters, not for films: there is one mast in the valley, and the sheep share it.",
  ],
  [
    "How we count passengers",
    "Sensors above the doors, rounded and without pictures.",
    "The numbers go into the timetable model and nowhere else. Method and margins of error are published with the data.",
  ],
  [
    "Leaves, and what we do about them",
    "Two washing trains, sand, and patience.",
    "Between mid October and early December allow five minutes. Braking points are moved, not forgotten.",
  ],
  [
    "Level crossing at Fennel Road renewed",
    "Barriers now close twenty seconds before the train instead of forty.",
    "Impatience was the greatest danger there. The road is closed on Sunday from six to noon for the last tests.",
  ],
];
