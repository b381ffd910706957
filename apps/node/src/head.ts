/** Answers to HEAD, for servers that would tell the length of the body they were given, which is none. */

/** Has a body of unknown length, which nobody reads, so that the server tells no length instead of a wrong one. */
export function unmeasured(request: Request, response: Response): Response {
  // Of other answers the body must not even be looked at: some servers would then send it in chunks.
  if (request.method !== "HEAD" || response.headers.has("Content-Length")) return response;
  if (response.body !== null || [204, 205, 304].includes(response.status)) return response;
  const body = new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(1));
      controller.close();
    },
  });
  return new Response(body, response);
}
