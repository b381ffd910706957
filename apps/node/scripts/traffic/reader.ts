/** Feed readers, told by what they call themselves. */

/** Products whose names begin a user agent and give nothing else away. */
const named =
  /^(LiveJournal\.com|Liferea|SimplePie|Akregator|Bloglines|Miniflux|NetNewsWire|Netvibes|NewsBlur|NewsFire|NewsGator\w*|Newsboat|Newsbeuter|Superfeedr|Vienna|AppleSyndication)\b/i;

/** Readers that call themselves Mozilla and name themselves further on. */
const hidden = /\b(theoldreader|FlipboardRSS|FlipboardProxy|Spinn3r|Thunderbird|NewsBlur|Inoreader|BazQux|Feedspot)\b/i;

const speaking = /feed|\brss|rss\b|reader/i;

/** The product name of a feed reader, without version or comment; undefined for everybody else. */
export function readerOf(agent: string): string | undefined {
  const product = /^[^/(;]*?(?=\s*(?:[/(;]|$)|\s+-\s|\s+v?\d|\s+feed-id)/.exec(agent)?.[0] ?? "";
  if (speaking.test(product)) return product;
  return (named.exec(product) ?? hidden.exec(agent))?.[1];
}
