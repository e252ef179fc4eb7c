/** What lies about of the original's station: scripts with their constants, secrets, schedule, lines. By pattern: nothing is run. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { listed, textOf } from "../../base/look.ts";
import { ORIGINAL_NAMES } from "../../devices/index.ts";
import { ORIGINAL_LIMITS, type OriginalLimits } from "../../rules/shadow.ts";

/** Where the original's how-to puts its scripts, and where its author has them. */
const FOLDERS = ["usr/sbin", "usr/local/sbin", "root", "opt/solar", "opt/Solar-Station/sbin", "opt/Solar-Station/mqtt"];
const { inverter: INVERTER, bms: BMS } = ORIGINAL_NAMES;
const SCRIPTS = ["batmon.php", "mqtt-client.php", BMS.script, INVERTER.script] as const;
/** Any of them in a line of cron or of processes. */
export const ITS_SCRIPTS = new RegExp(
  `\\b(${[...SCRIPTS, "pool_devices.sh", "backup_stats.sh", BMS.switch_script].join("|").replaceAll(".", "\\.")})\\b`,
);
type Script = (typeof SCRIPTS)[number];

/** A constant of a script: where it stands, and what it is called with us; null = it has no counterpart. */
interface Pattern {
  readonly script: Script;
  readonly pattern: RegExp;
  /** As the original's newest version has it. */
  readonly usual: string;
  readonly ours: string | null;
}

// biome-ignore format: a row a line
const PATTERNS = {
  cell_low: { script: "batmon.php", pattern: /\$v_min\s*<\s*([\d.]+)/, usual: "2.7", ours: "alerts.cell_emergency.raise_below" },
  cell_high: { script: "batmon.php", pattern: /\$v_m(?:in|ax)\s*>\s*([\d.]+)\s*\)/, usual: "3.6", ours: "alerts.cell_high.raise_above" },
  current: { script: "batmon.php", pattern: /abs\([^)]*battery_current\)\s*>\s*([\d.]+)/, usual: "50", ours: "alerts.over_current.raise_above" },
  stale: { script: "batmon.php", pattern: /\$elps\s*>\s*(\d+)/, usual: "10", ours: "alerts.data_stale.older_than" },
  to_grid: { script: "batmon.php", pattern: /\$v_min\s*<=\s*([\d.]+)/, usual: "3.21", ours: null },
  off_grid: { script: "batmon.php", pattern: /\$offgrid_start\s*=\s*([\d.]+)/, usual: "3.32", ours: null },
  off_grid_full: { script: "batmon.php", pattern: /\$v_min\s*>=\s*([\d.]+)/, usual: "3.5", ours: null },
  off_grid_power: { script: "batmon.php", pattern: /\$pow_min\s*=\s*(\d+)/, usual: "640", ours: null },
  mqtt_host: { script: "mqtt-client.php", pattern: /\$server\s*=\s*'([^']+)'/, usual: "rpi3-ha.local", ours: "mqtt.url" },
  mqtt_port: { script: "mqtt-client.php", pattern: /\$port\s*=\s*(\d+)/, usual: "1883", ours: "mqtt.url" },
  bms_port: { script: BMS.script, pattern: /^\s*port\s*=\s*["']([^"']+)["']/m, usual: "/dev/ttyBMS0", ours: "bms.port" },
  bms_baud: { script: BMS.script, pattern: /^\s*baud\s*=\s*(\d+)/m, usual: "115200", ours: "bms.baud" },
  inverter_port: { script: INVERTER.script, pattern: /^\s*DEVICE\s*=\s*["']([^"']+)["']/m, usual: "/dev/ttyINV0", ours: "inverter.port" },
  inverter_baud: { script: INVERTER.script, pattern: /^\s*BAUDRATE\s*=\s*(\d+)/m, usual: "19200", ours: "inverter.baud" },
  inverter_slave: { script: INVERTER.script, pattern: /^\s*SLAVE_ID\s*=\s*(0x[0-9a-fA-F]+|\d+)/m, usual: "0x04", ours: "inverter.slave" },
  command_file: { script: INVERTER.script, pattern: /^\s*CMD_FILE\s*=\s*["']([^"']+)["']/m, usual: "/root/inverter_cmd.lst", ours: "orders.inverter_file" },
} as const satisfies Record<string, Pattern>;
export type ConstantName = keyof typeof PATTERNS;

/** A constant as it stands in a script, and where. */
export interface Constant {
  readonly name: ConstantName;
  readonly value: string;
  /** `/usr/sbin/batmon.php:23` */
  readonly where: string;
  readonly isUsual: boolean;
  readonly ours: string | null;
}

export interface Originals {
  readonly root: string;
  /** Paths of its scripts, by name. */
  readonly scripts: Partial<Record<Script, string>>;
  readonly constants: readonly Constant[];
  /** Scripts that are there, but a constant was not recognised in them. */
  readonly unrecognised: readonly { readonly path: string; readonly name: ConstantName }[];
  /** Paths of /etc/MQTT_creds and /etc/telebot; the address of the second one. */
  readonly creds: string | null;
  readonly telebot: { readonly path: string; readonly url: string } | null;
}

/** Looks below `root` ("/" but for an image of a card, and for tests). */
export function findOriginals(root: string): Originals {
  const scripts: Partial<Record<Script, string>> = {};
  const homes = listed(join(root, "home")).flatMap((name) => [`home/${name}`, `home/${name}/solar`]);
  for (const script of SCRIPTS) {
    const found = [...FOLDERS, ...homes].map((folder) => join(root, folder, script)).find((path) => existsSync(path));
    if (found !== undefined) scripts[script] = found;
  }
  const constants: Constant[] = [];
  const unrecognised: { path: string; name: ConstantName }[] = [];
  for (const [name, row] of Object.entries(PATTERNS) as [ConstantName, Pattern][]) {
    const path = scripts[row.script];
    if (path === undefined) continue;
    const text = textOf(path) ?? "";
    const match = row.pattern.exec(withoutComments(text));
    if (match?.[1] === undefined) unrecognised.push({ path, name });
    else {
      const where = `${path}:${text.slice(0, match.index + match[0].indexOf(match[1])).split("\n").length}`;
      const { usual, ours } = row;
      constants.push({ name, value: match[1], where, isUsual: match[1] === usual, ours });
    }
  }
  const creds = join(root, "etc/MQTT_creds");
  const telebot = join(root, "etc/telebot");
  const url = textOf(telebot)?.trim();
  return {
    ...{ root, scripts, constants, unrecognised },
    creds: existsSync(creds) ? creds : null,
    telebot: url ? { path: telebot, url } : null,
  };
}

/** Value of a constant that was found. */
export function constantOf({ constants }: Originals, name: ConstantName): string | null {
  return constants.find((one) => one.name === name)?.value ?? null;
}

/** Its alarms' thresholds, as they stand in its monitor or as they usually do. */
export function limitsOf(originals: Originals): OriginalLimits {
  const limit = (name: keyof OriginalLimits) => Number(constantOf(originals, name) ?? ORIGINAL_LIMITS[name]);
  return {
    cell_low: limit("cell_low"),
    cell_high: limit("cell_high"),
    current: limit("current"),
    stale: limit("stale"),
  };
}

/** Every file that may hold its lines: what is there now, what was archived, and what the owner names. */
export function lineFiles(root: string, given: readonly string[]): string[] {
  const tmp = [BMS.stats, BMS.last, INVERTER.stats, INVERTER.last];
  const folders = given.length > 0 ? given : [BMS, INVERTER].map(({ days }) => join(root, "backup", days));
  const own = given.length > 0 ? [] : tmp.map((name) => join(root, "tmp", name)).filter((path) => existsSync(path));
  return [...folders.flatMap(filesBelow), ...own];
}

/** Oldest first by name: the archives are dated. */
function filesBelow(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isFile()) return [path];
  const names = listed(path).filter((name) => /(last|stats).*\.json(\.old)?(\.gz)?$/.test(name));
  return names.map((name) => join(path, name));
}

/** Comments blanked, so that a threshold that was commented out is not taken for one; lines stay where they are. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)(\/\/|#(?!!)).*$/gm, (comment) => comment.replace(/[^\n]/g, " "));
}
