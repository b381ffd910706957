/** A Worker in front that gives up after the milliseconds in `x-leave-after`, as clients do that go away. */

export default {
  async fetch(request, env) {
    const afterMs = Number(request.headers.get("x-leave-after"));
    const answer = env.APP.fetch(request);
    if (!afterMs) return answer;
    answer.catch(() => {});
    await scheduler.wait(afterMs);
    return new Response("left", { status: 299 });
  },
};
