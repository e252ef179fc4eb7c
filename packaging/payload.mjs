// The tree that package and tarball share: bundles, the few npm packages with native parts, man pages, completion, unit files.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { cronText, SCHEDULE, timerUnits } from "../lib/setup/schedule.ts";
import { commandHelps } from "../tools/reference/commands.ts";
import { completion } from "./completion.mjs";
import { manPage } from "./man.mjs";
import { ARCHITECTURES } from "./native.mjs";

const root = resolve(import.meta.dirname, "..");
const PREBUILT = { x64: /glibc/, arm64: /glibc/, arm: /armv[67]\.glibc/ };

/** What only compiling needs; "bindings" is ours. */
const NOT_AT_RUN_TIME = new Set(["bindings", "prebuild-install", "node-addon-api"]);

/** Packages that stay packages, with everything they ask for. */
function packagesOf(names, found = new Set()) {
  for (const name of names) {
    if (found.has(name) || NOT_AT_RUN_TIME.has(name)) continue;
    found.add(name);
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8"));
    packagesOf(Object.keys(dependencies), found);
  }
  return found;
}

function copyPackages(target, architecture, parts) {
  const { node } = ARCHITECTURES[architecture];
  for (const name of packagesOf(["better-sqlite3", "serialport"])) {
    const source = join(root, "node_modules", name);
    cpSync(source, join(target, name), {
      recursive: true,
      filter: (path) => {
        const inside = path.slice(source.length + 1);
        if (/^(node_modules|build|deps|src|prebuilds|test|docs|\.github)(\/|$)/.test(inside)) return false;
        return !/\.(d\.ts|map|md|gyp|cc|cpp|h)$/i.test(inside) || /licen[cs]e/i.test(inside);
      },
    });
  }
  const prebuilt = `linux-${node}`;
  const bindings = "@serialport/bindings-cpp";
  const from = join(root, "node_modules", bindings, "prebuilds", prebuilt);
  mkdirSync(join(target, bindings, "prebuilds", prebuilt), { recursive: true });
  for (const file of readdirSync(from).filter((name) => PREBUILT[node].test(name))) {
    copyFileSync(join(from, file), join(target, bindings, "prebuilds", prebuilt, file));
  }
  for (const [abi, part] of Object.entries(parts)) {
    const folder = join(target, "better-sqlite3/native", abi);
    mkdirSync(folder, { recursive: true });
    copyFileSync(part, join(folder, "better_sqlite3.node"));
  }
  mkdirSync(join(target, "bindings"), { recursive: true });
  copyFileSync(join(root, "packaging/bindings.cjs"), join(target, "bindings/index.js"));
}

/** Writes the tree under `stage`. `name`: package version, as the folder of this version will be called. `parts`: SQLite by ABI. */
export async function stagePayload(stage, architecture, name, parts) {
  const lib = join(stage, "usr/lib/solar-station");
  const payload = join(lib, "package");
  const dist = join(root, "dist");
  mkdirSync(join(payload, "dist"), { recursive: true });
  const commands = readdirSync(dist).filter((file) => file.endsWith(".cjs"));
  const used = /\.\/(parts-[0-9a-f]+)\//.exec(readFileSync(join(dist, commands[0]), "utf8"))[1];
  for (const file of commands) copyFileSync(join(dist, file), join(payload, "dist", file));
  cpSync(join(dist, used), join(payload, "dist", used), {
    recursive: true,
    filter: (path) => !path.endsWith(".cache"),
  });
  copyPackages(join(payload, "node_modules"), architecture, parts);
  writeFileSync(join(payload, "VERSION"), `${name}\n`);
  for (const file of ["switch-version.sh", "warm.mjs"]) {
    const from = file === "warm.mjs" ? join(root, "tools/build", file) : join(root, "packaging", file);
    copyFileSync(from, join(payload, file));
  }
  chmodSync(join(payload, "switch-version.sh"), 0o755);

  const names = commands.map((file) => file.replace(/\.cjs$/, ""));
  mkdirSync(join(stage, "usr/bin"), { recursive: true });
  for (const command of names) {
    symlinkSync(`../lib/solar-station/current/dist/${command}.cjs`, join(stage, "usr/bin", command));
  }
  await stageManuals(stage, names);
  put(stage, "usr/share/solar-station/cron", cronText({ on: new Set(), user: "solar" }));
  put(stage, "usr/share/doc/solar-station/copyright", readFileSync(join(root, "LICENSE")));
  put(
    stage,
    "usr/share/doc/solar-station/changelog.gz",
    gzipSync(readFileSync(join(root, "CHANGELOG.md")), { level: 9 }),
  );
  put(
    stage,
    "usr/share/doc/solar-station/config.example.yaml",
    readFileSync(join(root, "docs/reference/config.example.yaml")),
  );
  for (const job of SCHEDULE) {
    for (const [file, text] of Object.entries(timerUnits(job, "solar")))
      put(stage, `usr/lib/systemd/system/${file}`, text);
  }
  put(stage, "usr/lib/tmpfiles.d/solar-station.conf", readFileSync(join(root, "packaging/tmpfiles.conf")));
  put(stage, "etc/logrotate.d/solar-station", readFileSync(join(root, "packaging/logrotate.conf")));
  ownModes(stage);
}

async function stageManuals(stage, names) {
  const helps = (await Promise.all(names.map((command) => commandHelps([command])))).flat();
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const command of names) {
    const pages = helps.filter(({ path }) => path[0] === command);
    put(stage, `usr/share/man/man1/${command}.1.gz`, gzipSync(manPage(pages, version), { level: 9 }));
  }
  put(stage, "usr/share/bash-completion/completions/station", completion(helps));
  for (const command of names.filter((name) => name !== "station")) {
    symlinkSync("station", join(stage, "usr/share/bash-completion/completions", command));
  }
}

function put(stage, path, content) {
  mkdirSync(dirname(join(stage, path)), { recursive: true });
  writeFileSync(join(stage, path), content);
}

/** What the umask of whoever builds does not decide. */
function ownModes(stage) {
  execFileSync("chmod", ["-R", "u=rwX,go=rX", stage]);
}
