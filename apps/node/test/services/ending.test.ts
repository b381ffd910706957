import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import { endProcesses, installed, startProcess } from "../app-process.ts";

afterAll(() => endProcesses());

describe.concurrent.each(installed)("on $name, told to end, a process", { timeout: 60_000 }, ({ name }) => {
  test("cuts off after ten seconds what never arrives, and still ends in good order", async () => {
    const app = startProcess({}, name);
    const port = await app.listening;
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    const closed = once(socket, "close");
    socket.write(
      "POST /api/feeds HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer demo-pro\r\n" +
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
    );
    await fetch(`http://127.0.0.1:${port}/health`);
    const toldMs = performance.now();
    app.child.kill("SIGTERM");
    await closed;
    expect(performance.now() - toldMs).toBeGreaterThan(9_900);
    const { code, stdout, stderr } = await app.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(performance.now() - toldMs).toBeLessThan(20_000);
    // What was cut off has come to its end before what it may need is closed.
    const lines = stdout.trimEnd().split("\n");
    expect(lines.at(-2)).toContain('"path":"/api/feeds","status":400');
    expect(lines.at(-1)).toContain('"msg":"ended"');
  });
});
