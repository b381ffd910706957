/** A document of each format, as feeds have them; for tests. */

export const rss2 = `<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="/style.xsl"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/"
     xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">
  <channel>
    <title>Harbour &amp; Sea</title>
    <link>https://news.example/</link>
    <atom:link href="https://news.example/feeds/all.xml" rel="self" type="application/rss+xml"/>
    <image><title>Logo</title><url>https://news.example/logo.png</url></image>
    <ttl>45</ttl>
    <item>
      <title>Fish &amp;amp; chips &lt;b&gt;again&lt;/b&gt;</title>
      <link>/2026/fish?a=1&amp;b=2</link>
      <guid isPermaLink="false">tag:news.example,2026:fish</guid>
      <pubDate>Sat, 21 Nov 2026 09:30:00 +0100</pubDate>
      <description>In short: &lt;em&gt;fish&lt;/em&gt;.</description>
      <content:encoded><![CDATA[<p>One&nbsp;paragraph.</p><script>alert("x")</script><p onclick="steal()">Two <a href="javascript:1">here</a> &lt;script&gt;.</p>]]></content:encoded>
      <media:title>Not the title</media:title>
    </item>
    <item>
      <description><![CDATA[<div>Only a description</div>]]></description>
      <guid>https://news.example/2026/plain</guid>
      <dc:date>2026-11-20T08:00:00Z</dc:date>
    </item>
    <item/>
  </channel>
</rss>`;

export const rss1 = `<?xml version="1.0" encoding="iso-8859-1"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
  <channel rdf:about="https://news.example/">
    <title>Caf\u00e9</title><link>https://news.example/</link><description>x</description>
    <sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>
    <items><rdf:Seq><rdf:li resource="https://news.example/1"/></rdf:Seq></items>
  </channel>
  <item rdf:about="https://news.example/1">
    <title>Th\u00e9</title><link>https://news.example/1</link><description>Tea</description><dc:date>2026-11-19</dc:date>
  </item>
</rdf:RDF>`;

export const atom = `<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
  <title type="text">A &lt;b&gt; title</title>
  <id>urn:uuid:1</id><updated>2026-11-21T10:00:00Z</updated>
  <entry>
    <id>urn:uuid:2</id>
    <title type="html">Bread &amp;amp; &lt;i&gt;butter&lt;/i&gt;</title>
    <link rel="self" href="https://news.example/self"/>
    <link href="../2026/bread"/>
    <published>2026-11-20T23:59:60.5+02:00</published><updated>2026-11-21T10:00:00Z</updated>
    <summary>a &lt; b</summary>
    <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One <b>bold</b> &lt;word&gt;</p><p>Two</p></div></content>
  </entry>
  <entry><title>Without an id</title><updated>yesterday</updated><content>Plain &amp; simple</content></entry>
</feed>`;

export const json = JSON.stringify({
  version: "https://jsonfeed.org/version/1.1",
  title: "Tom & <Jerry>",
  items: [
    {
      id: 7,
      url: "https://news.example/7",
      title: "1 < 2",
      content_html: "<p>Seven</p>",
      date_published: "2026-11-21T10:00:00-08:00",
    },
    { id: "8", content_text: "First.\n\nSecond <b>", summary: "In short", date_modified: "2026-11-20" },
    null,
    "text",
    { id: { no: 1 }, title: ["x"] },
  ],
});
