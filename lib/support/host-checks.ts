import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { uptime, userInfo } from "node:os";
import { formatDuration } from "../base/duration.ts";
import { reasonOf } from "../base/errors.ts";
import { isInMemory } from "../base/memory-folder.ts";
import type { Context } from "../cli/spec.ts";
import { readSecretFile } from "../publish/notifiers/secret-file.ts";
import { type Check, fail, ok, skip, warn } from "./check.ts";

const OLDEST_NODE = 20;
/** 2026-01-01: the program did not exist before. */
const PROGRAM_BORN = 1_767_225_600;
const MIB = 1024 * 1024;

/** Node, configuration, secrets, user, directories, disk, clock. */
export function hostChecks(context: Context): Check[] {
  return [
    nodeVersion(process.versions.node),
    configuration(context),
    ...secrets(context),
    user(),
    mail(),
    stateDirectory(context),
    disk(context.config.station.state_dir),
    wear(context.config.station.state_dir),
    clock(context),
  ];
}

export function nodeVersion(version: string): Check {
  const major = Number(version.split(".")[0]);
  if (major >= OLDEST_NODE) return ok("node", `version ${version}`);
  return fail("node", `version ${version} is too old`, `install Node ${OLDEST_NODE} or newer`);
}

function configuration(context: Context): Check {
  if (context.configPath !== null) return ok("configuration", `${context.configPath} is valid`);
  return warn(
    "configuration",
    "no file; defaults are in use",
    "sudo station setup writes one with what differs; station config example tells every key",
  );
}

/** The keys that name a file with a secret. */
function secretFiles({ mqtt, notify }: Context["config"]) {
  return [
    ["mqtt.password_file", mqtt.password_file],
    ["mqtt.key_file", mqtt.key_file],
    ["notify.telegram.token_file", notify.telegram.token_file],
    ["notify.dead_man.url_file", notify.dead_man.url_file],
  ] as const;
}

/** Secrets that others may read, a sentence each, for `config check`; who may not look at a file says nothing about it. */
export function openSecrets(config: Context["config"]): string[] {
  return secretFiles(config).flatMap(([key, path]) => {
    const mode = path === null ? undefined : modeOf(path);
    if (mode === undefined || (mode & 0o077) === 0) return [];
    return [`${key}: ${path}: mode ${mode.toString(8)} lets others read the secret; type: sudo chmod 600 ${path}`];
  });
}

function modeOf(path: string): number | undefined {
  try {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode;
    return mode === undefined ? undefined : mode & 0o777;
  } catch {
    return undefined;
  }
}

/** Every file with a secret must be readable by its owner only. */
function secrets(context: Context): Check[] {
  return secretFiles(context.config).flatMap(([key, path]) => {
    if (path === null) return [];
    try {
      if (key === "mqtt.key_file") checkMode(path);
      else readSecretFile(path);
      return [ok(key, `${path} is closed to others`)];
    } catch (error) {
      return [fail(key, reasonOf(error), `chown it to the user of the cron jobs and chmod 600 ${path}`)];
    }
  });
}

function checkMode(path: string): void {
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) !== 0) throw new Error(`${path}: mode ${mode.toString(8)} lets others read it`);
}

function user(): Check {
  const { username, uid } = userInfo();
  if (uid !== 0) return ok("user", `runs as ${username}`);
  return warn(
    "user",
    "runs as root",
    "the package and sudo station setup make the user solar in the group dialout, and cron starts everything as solar",
  );
}

/** Cron's mail goes nowhere without a mail program, and nobody says so. */
function mail(): Check {
  const found = ["/usr/sbin/sendmail", "/usr/lib/sendmail"].find((path) => existsSync(path));
  if (found) return ok("mail", `cron's mail goes through ${found}`);
  return warn(
    "mail",
    "there is no mail program: what cron's runs say is lost",
    "rely on Telegram (docs/how-to/telegram.md), or: sudo apt install msmtp-mta and set it up",
  );
}

function stateDirectory(context: Context): Check {
  const folder = context.config.station.state_dir;
  const own = `mkdir -p ${folder} and chown it to the user of the cron jobs`;
  if (!existsSync(folder)) return fail("state directory", `${folder} is missing`, own);
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return fail("state directory", `${folder} cannot be written by this user`, own);
  }
  if (isInMemory(folder)) {
    return fail("state directory", `${folder} is in memory and is lost with the power`, "put it on a disk or card");
  }
  return ok("state directory", folder);
}

function disk(folder: string): Check {
  if (!existsSync(folder)) return skip("disk", "no state directory yet");
  const { bavail, blocks, bsize } = statfsSync(folder);
  const free = (bavail * bsize) / MIB;
  const percent = blocks === 0 ? 0 : (100 * bavail) / blocks;
  const text = `${Math.round(free)} MiB free (${Math.round(percent)} %)`;
  if (free < 100) return fail("disk", text, "make room: the state file needs some MiB a week, backups more");
  if (percent < 5 || free < 500) return warn("disk", text, "make room, or move backups to another disk");
  return ok("disk", text);
}

/** What the whole computer writes to the disk under the state directory, from the kernel's count since boot. */
function wear(folder: string): Check {
  const name = "disk wear";
  if (!existsSync(folder)) return skip(name, "no state directory yet");
  const { dev } = statSync(folder);
  const minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);
  const path = `/sys/dev/block/${(dev >> 8) & 0xfff}:${minor}/stat`;
  let sectors: number;
  try {
    sectors = Number(readFileSync(path, "utf8").trim().split(/\s+/)[6]);
  } catch {
    return skip(name, "the kernel does not count writes of this file system");
  }
  const daily = (sectors * 512 * 86_400) / Math.max(1, uptime()) / MIB;
  const text = `all programs together write ${daily.toFixed(0)} MiB a day to this disk`;
  if (uptime() < 3600) return ok(name, `${text} (by the first ${formatDuration(uptime())} after start)`);
  if (daily < 2048) return ok(name, text);
  return warn(name, text, "a memory card wears out; look for the writer with iotop -ao");
}

function clock(context: Context): Check {
  const now = context.clock.now();
  const shown = new Date(now * 1000).toISOString();
  if (now < PROGRAM_BORN) {
    return fail("clock", `it says ${shown}`, "let systemd-timesyncd or chrony set it, or fit a clock chip");
  }
  const synced = ["/run/systemd/timesync/synchronized", "/run/chrony", "/run/ntpd.pid", "/dev/rtc0"].find((path) =>
    existsSync(path),
  );
  if (synced) return ok("clock", `${shown} (kept by ${synced})`);
  return warn("clock", `${shown}; nothing tells that it is kept right`, "install systemd-timesyncd or chrony");
}
