/** How the front breaks: what happens to the next requests instead of an answer. */

/** What happens to one request. */
export type Fault =
  | { readonly kind: "status"; readonly status: number; readonly type: string; readonly body: string }
  | { readonly kind: "slow"; readonly ms: number }
  | { readonly kind: "hang" | "reset" | "dropAfterCommit" | "hangAfterCommit" | "truncate" };

/** Whether it is the front that breaks the connection off. */
export function breaksOff({ kind }: Fault): boolean {
  return kind === "reset" || kind === "dropAfterCommit" || kind === "truncate";
}

/** Breaks and heals the front while it is in use; the fault told last holds, for the next so many requests or until `heal`. */
export interface FrontFaults {
  /** Nothing is carried out; this is the answer. An object becomes JSON. */
  status(status: number, body?: string | object, requests?: number): void;
  /** Nothing is carried out; a page of a proxy is the answer, with status 200 unless told otherwise. */
  html(requests?: number, status?: number): void;
  /** Nothing is carried out, and nothing is ever answered. */
  hang(requests?: number): void;
  /** Nothing is carried out; the connection is reset. */
  reset(requests?: number): void;
  /** All is carried out and answered, but `ms` later. */
  slow(ms: number, requests?: number): void;
  /** All is carried out; then the connection is reset. */
  dropAfterCommit(requests?: number): void;
  /** All is carried out, and nothing is ever answered. */
  hangAfterCommit(requests?: number): void;
  /** All is carried out; half of the answer arrives. */
  truncate(requests?: number): void;
  heal(): void;
}

const page = "<!doctype html><html><head><title>Bad gateway</title></head><body>Bad gateway</body></html>";

/** Faults, and the function that takes the one meant for a request. */
export function frontFaults(): { readonly faults: FrontFaults; next(): Fault | undefined } {
  let fault: Fault | undefined;
  let left = 0;
  const set = (next: Fault | undefined, requests = Number.POSITIVE_INFINITY): void => {
    fault = next;
    left = requests;
  };
  const faults: FrontFaults = {
    status(status, body = { error: "ERR the front was told to fail" }, requests) {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      set({ kind: "status", status, type: "application/json", body: text }, requests);
    },
    html: (requests, status = 200) => set({ kind: "status", status, type: "text/html", body: page }, requests),
    hang: (requests) => set({ kind: "hang" }, requests),
    reset: (requests) => set({ kind: "reset" }, requests),
    slow: (ms, requests) => set({ kind: "slow", ms }, requests),
    dropAfterCommit: (requests) => set({ kind: "dropAfterCommit" }, requests),
    hangAfterCommit: (requests) => set({ kind: "hangAfterCommit" }, requests),
    truncate: (requests) => set({ kind: "truncate" }, requests),
    heal: () => set(undefined),
  };
  return { faults, next: () => (left-- > 0 ? fault : undefined) };
}
