/** What `fetch` takes and is told, by the platform's own declaration of it: not every platform names these types alike. */

type Told = NonNullable<Parameters<typeof fetch>[1]>;

/** Where a call goes. */
export type FetchInput = Parameters<typeof fetch>[0];
/** What is told beside it. */
export type FetchInit = Told;
export type FetchHeaders = NonNullable<Told["headers"]>;
export type FetchBody = NonNullable<Told["body"]>;
