// `npm run deb`: the Debian packages and the tarballs with the same tree.
//   npm run deb -- [amd64] [arm64] [armhf] [--revision N] [--out FOLDER] [--quick]
// --quick compiles nothing: it takes the part that npm ci made, for this Node alone; a package for trying, not for giving away.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { SCHEDULE } from "../lib/setup/schedule.ts";
import { MIGRATIONS } from "../lib/store/migrations/index.ts";
import { ABIS, ARCHITECTURES, nativePart } from "./native.mjs";
import { stagePayload } from "./payload.mjs";

const root = resolve(import.meta.dirname, "..");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    revision: { type: "string", default: "1" },
    quick: { type: "boolean", default: false },
    out: { type: "string", default: join(root, "out/packages") },
  },
});
const wanted = positionals.length > 0 ? positionals : Object.keys(ARCHITECTURES);
for (const name of wanted) {
  if (!ARCHITECTURES[name]) throw new Error(`"${name}": expected ${Object.keys(ARCHITECTURES).join(", ")}`);
}
const { version: upstream, description } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const version = `${upstream}-${values.revision}`;
const TIMERS = SCHEDULE.map(({ job }) => `solar-${job}.timer`).join(" ");

function control(architecture, stage) {
  const size = execFileSync("du", ["-sk", "--apparent-size", stage], { encoding: "utf8" }).split("\t")[0];
  return `Package: solar-station
Version: ${version}
Architecture: ${architecture}
Maintainer: solar-station <solar-station@localhost>
Installed-Size: ${size}
Depends: nodejs (>= 20), adduser, libc6 (>= 2.34)
Recommends: cron | systemd
Suggests: nginx | apache2 | lighttpd, mosquitto, default-mta | mail-transport-agent, logrotate
Section: misc
Priority: optional
Description: ${description.split(":")[0]}
 A solar plant read, judged and steered from a small board: MUST PV1800
 inverter and JK BMS on RS485, one SQLite file, a status page, Home
 Assistant and Telegram. After the installation: sudo station setup
`;
}

function makePackage(stage, architecture) {
  const meta = join(stage, "DEBIAN");
  mkdirSync(meta);
  writeFileSync(join(meta, "control"), control(architecture, stage));
  writeFileSync(join(meta, "conffiles"), "/etc/logrotate.d/solar-station\n");
  for (const script of ["preinst", "postinst", "prerm", "postrm"]) {
    const text = readFileSync(join(root, "packaging/debian", script), "utf8")
      .replaceAll("@VERSION@", version)
      .replaceAll("@SCHEMA@", String(MIGRATIONS.length))
      .replaceAll("@TIMERS@", TIMERS);
    writeFileSync(join(meta, script), text);
    chmodSync(join(meta, script), 0o755);
  }
  const file = join(values.out, `solar-station_${version}_${architecture}.deb`);
  execFileSync("dpkg-deb", ["--root-owner-group", "-Zxz", "--build", stage, file], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  rmSync(meta, { recursive: true });
  return file;
}

function makeTarball(stage, architecture) {
  const file = join(values.out, `solar-station_${version}_${architecture}.tar.gz`);
  writeFileSync(join(stage, "install.sh"), readFileSync(join(root, "packaging/install.sh")), { mode: 0o755 });
  execFileSync("tar", ["--owner=0", "--group=0", "--sort=name", "-C", stage, "-czf", file, ...readdirSync(stage)]);
  return file;
}

function partsOf(architecture) {
  if (!values.quick) return Object.fromEntries(Object.keys(ABIS).map((abi) => [abi, nativePart(architecture, abi)]));
  if (ARCHITECTURES[architecture].node !== process.arch)
    throw new Error(`--quick makes no package for ${architecture}`);
  return { [process.versions.modules]: join(root, "node_modules/better-sqlite3/build/Release/better_sqlite3.node") };
}

mkdirSync(values.out, { recursive: true });
for (const architecture of wanted) {
  const stage = mkdtempSync(join(tmpdir(), "solar-station-deb-"));
  try {
    chmodSync(stage, 0o755);
    await stagePayload(stage, architecture, version, partsOf(architecture));
    console.log(makePackage(stage, architecture));
    console.log(makeTarball(stage, architecture));
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}
