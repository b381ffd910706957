/** Bytes as they are, since fetch would refuse to send them. */

import { connect } from "node:net";

/** Sends them and resolves with everything that came back until the connection was closed. */
export function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let received = "";
    const socket = connect(port, "127.0.0.1");
    socket.on("data", (chunk) => {
      received += chunk;
    });
    // A server that refuses to read on may reset the connection once it has answered.
    socket.on("error", () => {});
    socket.on("close", () => resolve(received));
    socket.write(bytes, "latin1");
  });
}
