/** Texts that strangers send: markup, quotes, direction marks, and far too much of it. Each must stay text wherever it is shown. */

/** By what they try. */
export const hostile = {
  script: "<script>alert(1)</script>",
  attribute: `" onmouseover="alert(2)" x="`,
  single: "' onfocus='alert(3)' autofocus x='",
  element: `</textarea></title></td><img src=x onerror=alert(4)><svg/onload=alert(5)>`,
  entity: "&lt;script&gt; &amp;amp; &#x3C;b&#x3E; &notit;",
  address: "javascript:alert(6)//",
  bidi: "\u202egpj.exe\u2066 <b>\u2069\u200f",
  template: "{{alert(7)}} <!-- --><![CDATA[ <% alert(8) %>",
  long: `<i>${"ä<".repeat(2_500)}`,
} as const satisfies Record<string, string>;

export const hostileTexts: readonly string[] = Object.values(hostile);
