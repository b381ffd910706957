/** Starts the Docker engine for the time of a run where it is installed and none answers, and stops what it started. */

import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/** How long the engine may take to answer, and then to end. */
const patienceMs = 30_000;

/** Where an engine listens that is told nothing else. */
const socket = "/var/run/docker.sock";

/** Its own images, kept between runs: what belongs to the engine of this machine's owner is not touched. */
const data = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "sluice", "docker");

/** What an engine is told that does not come up without it: a kernel lacks what it asks for. */
const cures = [
  { says: /iptables|ip6tables|nf_tables|nat chain/i, args: ["--iptables=false", "--ip6tables=false"] },
  { says: /storage-driver|graphdriver|overlay|prior storage/i, args: ["--storage-driver=vfs"] },
];

/** What it holds while it runs. Some of that stays mounted when it has ended, so it is no folder that can be removed. */
const running = "/run/sluice-docker";

/**
 * Gives what stops the engine again, which DOCKER_HOST names until then; undefined where one answers already, none is installed, or we may not start it. One that
 * does not come up says so in one line; whoever needs it says that it is missing.
 */
export async function startEngine(at = socket) {
  if (process.getuid?.() !== 0 || process.env.DOCKER_HOST || !isInstalled() || answers()) return undefined;
  // One that hangs is somebody's all the same, and two engines would quarrel about the networks of the machine.
  if (await isListenedOn(at)) {
    console.error(`The Docker engine on ${at} does not answer, or the client is told of another one.`);
    return undefined;
  }
  const args = [];
  for (;;) {
    const { stop, problem } = await started(args);
    if (problem === undefined) return stop;
    const cure = cures.find(({ says, args: [first] }) => says.test(problem) && !args.includes(first));
    if (cure === undefined) {
      console.error(`The Docker engine does not start: ${lastLine(problem)}`);
      return undefined;
    }
    args.push(...cure.args);
  }
}

function isInstalled() {
  return spawnSync("dockerd", ["--version"], { stdio: "ignore" }).status === 0;
}

function answers() {
  return spawnSync("docker", ["version"], { stdio: "ignore", timeout: 10_000 }).status === 0;
}

/** Whether somebody listens there, however busy. */
function isListenedOn(path) {
  return new Promise((resolve) => {
    const connection = connect(path);
    const found = (isThere) => {
      connection.destroy();
      resolve(isThere);
    };
    connection.once("connect", () => found(true));
    connection.once("error", ({ code }) => found(code !== "ENOENT" && code !== "ECONNREFUSED"));
  });
}

/** Starts it on a socket of its own. */
async function started(args) {
  const folder = mkdtempSync(join(tmpdir(), "sluice-dockerd-"));
  const log = openSync(join(folder, "log"), "w");
  // With setpriv the engine is told to end when we are gone, however that comes about.
  const withUs = spawnSync("setpriv", ["--version"], { stdio: "ignore" }).status === 0;
  const supervised = withUs ? ["setpriv", "--pdeathsig", "TERM"] : [];
  const host = `unix://${join(folder, "docker.sock")}`;
  const own = [
    ...["--host", host, "--data-root", data],
    // A file of its own says whether it runs: one that an engine left behind when its machine was cut off would lie.
    ...["--exec-root", running, "--pidfile", join(folder, "pid")],
  ];
  const command = [...supervised, "dockerd", ...own, ...args];
  // Ctrl-C is meant for the tests, which need it to the end: so it gets a process group of its own.
  const child = spawn(command[0], command.slice(1), { detached: true, stdio: ["ignore", log, log] });
  closeSync(log);
  const ended = new Promise((resolve) => child.once("close", resolve).once("error", resolve));
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  process.env.DOCKER_HOST = host;
  const stop = async () => {
    delete process.env.DOCKER_HOST;
    if (!hasEnded()) child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), patienceMs);
    await ended;
    clearTimeout(late);
    rmSync(folder, { recursive: true, force: true });
  };
  const giveUpAt = Date.now() + patienceMs;
  while (!hasEnded() && Date.now() < giveUpAt) {
    if (answers()) return { stop };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const problem = readFileSync(join(folder, "log"), "utf8");
  await stop();
  return { problem };
}

function lastLine(text) {
  const line = text.trim().split("\n").at(-1);
  return /msg="(.*?)"/.exec(line)?.[1] ?? line;
}
