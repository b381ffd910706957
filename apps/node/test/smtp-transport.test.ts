import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { smtpTransport } from "../src/smtp-transport.ts";

const mail = {
  from: "news-1@feeds.example",
  to: "reader@readers.example",
  subject: "News",
  text: "What is new.\n",
  messageId: "<m-1@feeds.example>",
  dateMs: Date.UTC(2026, 5, 1),
};

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that answers every command with 250, but for those whose first word is told otherwise; `.` ends a mail. */
async function answering(answers: Readonly<Record<string, string>>) {
  const heard: string[] = [];
  const server = createServer((socket) => {
    let isMail = false;
    let rest = "";
    socket.on("error", () => {});
    socket.write(`${answers["hello"] ?? "220 here"}\r\n`);
    socket.on("data", (chunk) => {
      const lines = `${rest}${chunk}`.split("\r\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const word = line.split(" ")[0] ?? "";
        if (isMail && line !== ".") continue;
        heard.push(word);
        isMail = word === "DATA" && answers["DATA"] === undefined;
        socket.write(`${answers[word] ?? (word === "DATA" ? "354 go ahead" : "250 yes")}\r\n`);
      }
    });
    closing.push(() => socket.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  const transport = smtpTransport({ host: "127.0.0.1", port, secure: false, requireTLS: false, auth: undefined });
  return { heard, send: () => transport.send(mail, new AbortController().signal) };
}

test.each<[outcome: string, answers: Record<string, string>]>([
  ["accepted", {}],
  ["unreachable", { hello: "554 no" }],
  ["unreachable", { hello: "421 full" }],
  ["unreachable", { EHLO: "421 full" }],
  ["unreachable", { MAIL: "421 full" }],
  ["sender-refused", { MAIL: "550 not you" }],
  ["sender-refused", { MAIL: "451 not now" }],
  ["refused", { MAIL: "552 too large" }],
  ["deferred", { RCPT: "421 slowly" }],
  ["deferred", { RCPT: "450 greylisted" }],
  ["refused", { RCPT: "550 no such user" }],
  ["deferred", { DATA: "451 not now" }],
  ["deferred", { ".": "451 not now" }],
  ["refused", { ".": "554 spam" }],
  // No refusal, and no acceptance either: the mail may be there.
  ["unknown", { ".": "354 more" }],
  ["unknown", { ".": "hello" }],
])("a mail is %s after %j", async (outcome, answers) => {
  const { send } = await answering(answers);
  expect((await send()).outcome).toBe(outcome);
});

test("a mail that was taken ends its connection as it should", async () => {
  const { heard, send } = await answering({});
  await send();
  await expect.poll(() => heard).toEqual(["EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"]);
});
