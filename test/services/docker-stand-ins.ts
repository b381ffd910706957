/** What stands in for the official images where none can be pulled: Debian made here, with the same programs in it. */

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { command, docker, hasImage } from "./docker-engine.ts";

/** An official image, and how to make one that does what the example needs of it. */
export interface StandIn {
  readonly name: string;
  /** Changes with everything that the stand-in is made of. */
  key(): string;
  build(tags: readonly string[]): Promise<void>;
}

/** Plain Debian; its name ends with the number of the recipe. */
const debian = "sluice-stand-in:bookworm-1";

/** Where Node lies in this workspace: the version that everything here runs on. */
const node = join(createRequire(import.meta.url).resolve("node/package.json"), "../bin/node");

/** The npm that the official image of Node 24 has. */
const npm = "npm@11";

/** Where the machine's certificates lie in the stand-in: where most programs look for them by themselves. */
const bundle = "/etc/ssl/certs/ca-certificates.crt";

const certificates = [process.env["NODE_EXTRA_CA_CERTS"], bundle].find(
  (path) => path !== undefined && existsSync(path),
);

/** Why stand-ins cannot be made here, and the cure. */
export const standInsMissing: string | undefined = lacking();

const nodeRecipe = `
FROM ${debian}
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
COPY npm /usr/local/lib/node_modules/npm
COPY npmrc /usr/local/etc/npmrc
${certificates ? `COPY certificates.crt ${bundle}\nENV NODE_EXTRA_CA_CERTS=${bundle}` : ""}
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \\
  && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
COPY node /usr/local/bin/node
CMD ["node"]
`;

const redisRecipe = `
FROM ${debian}
RUN printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d \\
  && apt-get update && apt-get install --yes --no-install-recommends redis-server && rm -rf /var/lib/apt/lists/*
WORKDIR /data
RUN chown redis:redis /data
USER redis
VOLUME /data
EXPOSE 6379
CMD ["redis-server", "--save", "", "--protected-mode", "no"]
`;

export const standIns: readonly StandIn[] = [
  {
    name: "node:24-bookworm-slim",
    key: () => hashOf(nodeRecipe, process.version, npm, certificates ? readFileSync(certificates) : ""),
    build: (tags) => built(nodeRecipe, tags, nodeParts),
  },
  {
    name: "redis:7-bookworm",
    key: () => hashOf(redisRecipe),
    build: (tags) => built(redisRecipe, tags, async () => {}),
  },
];

function hashOf(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex").slice(0, 16);
}

function lacking(): string | undefined {
  if (process.getuid?.() !== 0) return "to make stand-ins for them takes root";
  const isThere = (process.env["PATH"] ?? "").split(delimiter).some((path) => {
    try {
      accessSync(join(path, "debootstrap"), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  return isThere ? undefined : "to make stand-ins for them takes debootstrap: apt-get install debootstrap";
}

/** Builds a recipe over Debian with the parts that `fill` puts into the folder it is given. */
async function built(recipe: string, tags: readonly string[], fill: (folder: string) => Promise<void>): Promise<void> {
  if (standInsMissing !== undefined) throw new Error(standInsMissing);
  if (!(await hasImage(debian))) await importDebian();
  const folder = mkdtempSync(join(tmpdir(), "sluice-stand-in-"));
  try {
    await fill(folder);
    writeFileSync(join(folder, "Dockerfile"), recipe);
    const named = tags.flatMap((tag) => ["--tag", tag]);
    // The machine's own network: however it reaches its mirrors, the build does, too.
    await docker(["build", "--network", "host", ...proxies(), ...named, folder], { timeoutMs: 300_000 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Proxies that the machine is told of; their values stay out of the image. */
export function proxies(): string[] {
  const names = ["http_proxy", "https_proxy", "no_proxy"].flatMap((name) => [name, name.toUpperCase()]);
  return names.filter((name) => process.env[name]).flatMap((name) => ["--build-arg", name]);
}

/** Node, its npm, and how this machine reaches the registry: from whom, and whose certificates it believes. */
async function nodeParts(folder: string): Promise<void> {
  cpSync(node, join(folder, "node"), { dereference: true });
  const tarball = await command("npm", ["pack", npm, "--silent", "--pack-destination", folder]);
  mkdirSync(join(folder, "npm"));
  await command("tar", ["-xzf", join(folder, tarball), "--strip-components=1", "-C", join(folder, "npm")]);
  const registry = await command("npm", ["config", "get", "registry"]);
  const trusted = certificates ? `cafile=${bundle}\n` : "";
  writeFileSync(join(folder, "npmrc"), `registry=${registry}\n${trusted}update-notifier=false\n`);
  if (certificates) cpSync(certificates, join(folder, "certificates.crt"), { dereference: true });
}

/** Makes the smallest Debian there is, without what only a person would read. */
async function importDebian(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-debian-"));
  try {
    await command("debootstrap", ["--variant=minbase", "bookworm", folder, ...mirror()], { timeoutMs: 600_000 });
    const unread = ["var/cache/apt/archives/*", "var/lib/apt/lists/*", "usr/share/doc/*", "usr/share/man/*"];
    const excluded = [...unread, "usr/share/locale/*"].map((path) => `--exclude=./${path}`);
    const tar = spawn("tar", [...excluded, "-C", folder, "-c", "."], { stdio: ["ignore", "pipe", "inherit"] });
    await docker(["import", "-", debian], { input: tar.stdout, timeoutMs: 300_000 });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The mirror of Debian that this machine uses; none leaves the choice to debootstrap. */
function mirror(): string[] {
  const folder = "/etc/apt/sources.list.d/";
  const files = [
    "/etc/apt/sources.list",
    ...(existsSync(folder) ? readdirSync(folder).map((name) => folder + name) : []),
  ];
  const texts = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8"));
  const lines = texts.flatMap((text) => text.split("\n")).filter((line) => !line.startsWith("#"));
  return lines.flatMap((line) => /https?:\/\/\S+\/debian(?=\/?(\s|$))/.exec(line)?.[0] ?? []).slice(0, 1);
}
