import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { uptime, userInfo } from "node:os";
import { type SecretFault, SecretUnusable } from "../base/errors.ts";
import { isInMemory } from "../base/memory-folder.ts";
import type { Context } from "../cli/spec.ts";
import { faultOfSecret, readSecretFile } from "../publish/notifiers/secret-file.ts";
import type { WellValues } from "../words/doctor-values.ts";
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
  if (major >= OLDEST_NODE) return ok("node", "node", { version });
  return fail("node", "node_old", { version, oldest: OLDEST_NODE });
}

function configuration({ configPath }: Context): Check {
  if (configPath !== null) return ok("configuration", "configuration", { path: configPath });
  return warn("configuration", "configuration_none", {});
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

/** A file with a secret that others may read. */
export interface OpenSecret {
  readonly key: string;
  readonly path: string;
  readonly mode: string;
}

/** Secrets that others may read, for `config check`; who may not look at a file says nothing about it. */
export function openSecrets(config: Context["config"]): OpenSecret[] {
  return secretFiles(config).flatMap(([key, path]) => {
    const fault = path === null ? null : faultOfSecret(path);
    return path === null || fault?.code !== "open" ? [] : [{ key, path, mode: fault.mode }];
  });
}

/** Every file with a secret must be readable by its owner only. */
function secrets(context: Context): Check[] {
  return secretFiles(context.config).flatMap(([secret, path]): Check[] => {
    if (path === null) return [];
    const fault = secret === "mqtt.key_file" ? faultOfSecret(path) : faultWhenRead(path);
    if (fault === null) return [ok({ secret }, "secret_closed", { path })];
    return [fail({ secret }, "secret_unusable", { path, fault })];
  });
}

function faultWhenRead(path: string): SecretFault | null {
  try {
    readSecretFile(path);
    return null;
  } catch (error) {
    if (error instanceof SecretUnusable) return error.fault;
    throw error;
  }
}

function user(): Check {
  const { username, uid } = userInfo();
  return uid === 0 ? warn("user", "user_root", {}) : ok("user", "user", { user: username });
}

/** Cron's mail goes nowhere without a mail program, and nobody says so. */
function mail(): Check {
  const path = ["/usr/sbin/sendmail", "/usr/lib/sendmail"].find((name) => existsSync(name));
  return path === undefined ? warn("mail", "mail_none", {}) : ok("mail", "mail", { path });
}

function stateDirectory({ config }: Context): Check {
  const path = config.station.state_dir;
  if (!existsSync(path)) return fail("state_directory", "state_directory_missing", { path });
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return fail("state_directory", "state_directory_closed", { path });
  }
  if (isInMemory(path)) return fail("state_directory", "state_directory_in_memory", { path });
  return ok("state_directory", "state_directory", { path });
}

function disk(folder: string): Check {
  if (!existsSync(folder)) return skip("disk", "no_state_directory", {});
  const { bavail, blocks, bsize } = statfsSync(folder);
  const room = { free: (bavail * bsize) / MIB, percent: blocks === 0 ? 0 : (100 * bavail) / blocks };
  if (room.free < 100) return fail("disk", "disk_full", room);
  if (room.percent < 5 || room.free < 500) return warn("disk", "disk_little", room);
  return ok("disk", "disk", room);
}

/** What the whole computer writes to the disk under the state directory, from the kernel's count since boot. */
function wear(folder: string): Check {
  if (!existsSync(folder)) return skip("disk_wear", "no_state_directory", {});
  const { dev } = statSync(folder);
  const minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);
  const path = `/sys/dev/block/${(dev >> 8) & 0xfff}:${minor}/stat`;
  let sectors: number;
  try {
    sectors = Number(readFileSync(path, "utf8").trim().split(/\s+/)[6]);
  } catch {
    return skip("disk_wear", "wear_uncounted", {});
  }
  const up = uptime();
  const daily = (sectors * 512 * 86_400) / Math.max(1, up) / MIB;
  if (up < 3600) return ok("disk_wear", "wear", { daily, uptime_s: up });
  if (daily < 2048) return ok("disk_wear", "wear", { daily, uptime_s: null });
  return warn("disk_wear", "wear_much", { daily });
}

type Keeper = WellValues["clock"]["keeper"];

/** Who keeps the clock right leaves one of these. */
const KEEPERS: readonly (readonly [keeper: Keeper, path: string])[] = [
  ["timesyncd", "/run/systemd/timesync/synchronized"],
  ["chrony", "/run/chrony"],
  ["ntpd", "/run/ntpd.pid"],
  ["rtc", "/dev/rtc0"],
];

function clock({ clock, config }: Context): Check {
  const moment = { at: clock.now(), time_zone: config.station.time_zone };
  if (moment.at < PROGRAM_BORN) return fail("clock", "clock_unset", moment);
  const [keeper] = KEEPERS.find(([, path]) => existsSync(path)) ?? [];
  return keeper === undefined ? warn("clock", "clock_unkept", moment) : ok("clock", "clock", { ...moment, keeper });
}
