import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { openStore } from "../../lib/store/database.ts";
import { MIGRATIONS } from "../../lib/store/migrations/index.ts";
import { lockPort } from "../../lib/store/port-lock.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { startSimulatedInverter } from "../support/simulated.ts";
import { waitFor } from "../support/wait.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const DEBIAN: Partial<Record<string, string>> = { x64: "amd64", arm64: "arm64", arm: "armhf" };
const architecture = DEBIAN[process.arch] ?? "amd64";
const hasDpkg = spawnSync("dpkg-deb", ["--version"]).status === 0;
const needsDpkg = { skip: hasDpkg || process.env.CI === "true" ? false : "needs dpkg-deb" };

const folder = mkdtempSync(join(tmpdir(), "solar-station-package-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const deb = join(folder, `solar-station_0.1.0-1_${architecture}.deb`);
const tree = join(folder, "tree");
const base = join(tree, "usr/lib/solar-station");

before(() => {
  if (!hasDpkg) return;
  const make = ["--import", "tsx", "packaging/deb.mjs", architecture, "--quick", "--out", folder];
  execFileSync(process.execPath, make, { cwd: ROOT, stdio: ["ignore", "ignore", "inherit"] });
  execFileSync("dpkg-deb", ["-x", deb, tree]);
});

const switchTo = (version: string, env: NodeJS.ProcessEnv = {}) =>
  execFileSync("sh", [join(base, "package/switch-version.sh"), join(base, "package"), base, version], {
    env: { ...process.env, SOLAR_NO_WARM: "1", ...env },
  });

test("the package holds commands, manuals, completion, units and nothing of a developer's", needsDpkg, () => {
  for (const path of [
    "usr/bin/pv1800-dump",
    "usr/share/man/man1/station.1.gz",
    "usr/share/bash-completion/completions/station",
    "usr/lib/systemd/system/solar-batmon.timer",
    "usr/lib/tmpfiles.d/solar-station.conf",
    "etc/logrotate.d/solar-station",
  ]) {
    // A link may point to what only the installation makes.
    assert.ok(existsSync(join(tree, path)) || readlinkSync(join(tree, path)), path);
  }
  const files = readdirSync(tree, { recursive: true, encoding: "utf8" });
  const strange = files.filter((name) => /\.(ts|cpp|c|o|map|gyp|cache)$/.test(name));
  assert.deepEqual(strange, []);
  const bytes = files.reduce((sum, name) => {
    const stat = statSync(join(tree, name), { throwIfNoEntry: false });
    return sum + (stat?.isFile() ? stat.size : 0);
  }, 0);
  assert.ok(bytes < 25 * 1024 * 1024, `${bytes} bytes`);
});

test("every command runs out of the package, with the SQLite part of this Node", needsDpkg, (t) => {
  switchTo("0.1.0-1");
  const state = scratchDirectory(t);
  writeFileSync(join(state, "config.yaml"), `station: { state_dir: ${state} }\ninverter: { port: ${state}/none }\n`);
  for (const name of readdirSync(join(tree, "usr/bin"))) {
    const { stdout } = spawnSync(join(tree, "usr/bin", name), ["--version"], { encoding: "utf8" });
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/, name);
  }
  const run = (name: string) =>
    spawnSync(join(tree, "usr/bin", name), ["--config", join(state, "config.yaml")], { encoding: "utf8" });
  // The port is not there; the state file is made all the same.
  assert.equal(run("pv1800-dump").status, 69);
  assert.ok(statSync(join(state, "station.db")).size > 0);
});

test("a Node without a part is told which ones there are", needsDpkg, () => {
  const text = `Object.defineProperty(process.versions, "modules", { value: "999" }); require(${JSON.stringify(join(base, "package/node_modules/bindings"))})("better_sqlite3.node")`;
  const { stderr } = spawnSync(process.execPath, ["-e", text], { encoding: "utf8" });
  assert.match(
    stderr,
    new RegExp(`ABI ${process.versions.modules} \\(Node 20, Node 22\\).*ABI 999: install Node 20 or 22`),
  );
});

test(
  "a switch of versions is seen as a whole by whoever starts meanwhile, and the one before stays",
  needsDpkg,
  async () => {
    switchTo("0.1.0-1");
    const command = join(tree, "usr/bin/station");
    // Starts without a pause, as the worst of all crons.
    const loop = spawn("sh", [
      "-c",
      `i=0; while [ $i -lt 12 ]; do "${command}" config check --text >/dev/null 2>&1 || echo failed; i=$((i+1)); done`,
    ]);
    let said = "";
    loop.stdout.on("data", (text) => (said += text));
    const ended = new Promise((done) => loop.on("close", done));
    for (const version of ["0.1.0-2", "0.1.0-3"]) switchTo(version);
    await ended;
    assert.equal(said, "");
    const old = new Date(Date.now() - 3_600_000);
    utimesSync(join(base, "0.1.0-1"), old, old);
    switchTo("0.1.0-3");
    assert.equal(readlinkSync(join(base, "current")), "0.1.0-3.2");
    assert.ok(existsSync(join(base, "0.1.0-3/dist/station.cjs")), "the version before");
    assert.ok(existsSync(join(base, "0.1.0-2/dist/station.cjs")), "in use a minute ago");
    assert.ok(!existsSync(join(base, "0.1.0-1")), "older ones go");
  },
);

test(
  "a command that runs during an upgrade ends with its own code, and the next one has the new",
  needsDpkg,
  async (t) => {
    switchTo("0.1.0-4");
    const sim = await startSimulatedInverter(t);
    const state = scratchDirectory(t);
    const config = join(state, "config.yaml");
    const text = `station: { state_dir: ${state} }\ninverter: { port: "${sim.url}", gap_ms: 5, timeout_ms: 3000 }\nbms: []\n`;
    writeFileSync(config, text);
    // It waits for its turn on the port while the versions are switched.
    const turn = await lockPort({ id: "solar-station", state_dir: state }, sim.url, 0);
    const command = join(tree, "usr/bin/pv1800-dump");
    const running = spawn(command, ["--config", config], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    running.stderr.on("data", (data) => (said += data));
    const ended = new Promise((done) => running.on("close", done));
    await waitFor(() => existsSync(join(state, "station.db.known")));
    switchTo("0.1.0-5");
    const next = join(base, "0.1.0-5/dist");
    for (const name of readdirSync(next)) rmSync(join(next, name), { recursive: true });
    writeFileSync(join(next, "pv1800-dump.cjs"), '#!/usr/bin/env node\nconsole.log("the next version");\n', {
      mode: 0o755,
    });
    turn.release();
    assert.deepEqual([await ended, said], [0, ""]);
    const store = openStore(join(state, "station.db"), { readonly: true });
    assert.equal(store.db.prepare("SELECT count(*) FROM inverter_samples").pluck().get(), 1);
    store.close();
    assert.equal(execFileSync(command, { encoding: "utf8" }), "the next version\n");
  },
);

test("going back is refused only where the older program could not read the state file", needsDpkg, (t) => {
  const control = join(scratchDirectory(t), "control");
  execFileSync("dpkg-deb", ["-e", deb, control]);
  const state = join(scratchDirectory(t), "station.db");
  const store = openStore(state);
  const text = readFileSync(join(control, "preinst"), "utf8").replace("/var/lib/solar-station/station.db", state);
  const upgrade = () => spawnSync("sh", ["-c", text, "preinst", "upgrade", "9.9.9-1"], { encoding: "utf8" });
  assert.equal(upgrade().status, 0);
  store.db.pragma(`user_version = ${MIGRATIONS.length + 1}`);
  // As a migration leaves it: in the file, not in its log.
  store.closeWhole();
  const refused = upgrade();
  assert.equal(refused.status, 1);
  assert.match(
    refused.stderr,
    /0\.1\.0-1 is older than the state file .*\nNothing was changed\. .*backup-stats restore FILE/s,
  );
});

test("maintainer scripts are plain sh, and say what they do", needsDpkg, (t) => {
  const control = join(scratchDirectory(t), "control");
  execFileSync("dpkg-deb", ["-e", deb, control]);
  for (const script of ["preinst", "postinst", "prerm", "postrm"]) {
    const text = readFileSync(join(control, script), "utf8");
    assert.doesNotMatch(text, /@[A-Z]+@/, script);
    assert.equal(spawnSync("sh", ["-n", join(control, script)]).status, 0, script);
  }
});

test("completion offers subcommands and options of what was typed", needsDpkg, () => {
  const file = join(tree, "usr/share/bash-completion/completions/station");
  const ask = (words: readonly string[]) => {
    const line = `source "${file}"; COMP_WORDS=(${words.map((word) => `"${word}"`).join(" ")}); COMP_CWORD=${words.length - 1}; _solar_station; echo "\${COMPREPLY[*]}"`;
    return execFileSync("bash", ["-c", line], { encoding: "utf8" }).trim().split(" ");
  };
  assert.deepEqual(ask(["station", "hist"]), ["history"]);
  assert.deepEqual(ask(["station", "history", "--ch"]), ["--chart"]);
  assert.deepEqual(ask(["pv1800-dump", "--rep"]), ["--repeat"]);
});

test(
  "cron's file of the package waits for the set-up, and its lines do nothing once the commands are gone",
  needsDpkg,
  () => {
    const text = readFileSync(join(tree, "usr/share/solar-station/cron"), "utf8");
    const lines = text.split("\n").filter((line) => /^[^#]*\*/.test(line));
    assert.deepEqual(lines, []);
    assert.match(text, /^SOLAR_CRON=1$/m);
    const [, command = ""] = /^#off \* \* \* \* \* {3}solar {2}(.*)$/m.exec(text) ?? [];
    assert.notEqual(command, "");
    const { status, stderr } = spawnSync("sh", ["-c", command], { env: { PATH: "/usr/bin:/bin" }, encoding: "utf8" });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  },
);
