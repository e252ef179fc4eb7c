/** What of the original's settings becomes ours: a configuration as text, and what is not taken over, each with its reason. */
import { firstConfig } from "../config/first-config.ts";
import { DEFAULT_CONFIG_PATH } from "../config/locate.ts";
import { type Constant, constantOf, type Originals } from "../export/original/scripts.ts";
import type { Speech } from "../words/index.ts";

/** Where the broker's user and password are kept with us. */
export const MQTT_SECRET = DEFAULT_CONFIG_PATH.replace("config.yaml", "mqtt-password");

/** One constant, and what became of it. */
export interface TakenOver {
  readonly constant: Constant;
  /** The line of ours; null = not taken over. */
  readonly ours: string | null;
  /** Why it is not taken over, or what was done to it; `limit`: ours, where there is one. */
  readonly note: { readonly code: NoteCode; readonly limit: number } | null;
}

type Words = Speech["setup"];
type NoteCode = keyof Words["adopt"]["notes"];

/** Ours warn earlier with these defaults; the owner's value is taken where it warns earlier still. */
const DEFAULTS = { cell_low: 3.0, cell_high: 3.6, current: 60, stale: 10 } as const;
/** Where our alarms end again: a threshold beyond that would contradict itself. */
const LIMITS = { cell_low: 3.15, cell_high: 3.5 } as const;

/** Every constant that was found, in the order of its script. */
export function takenOver(originals: Originals): readonly TakenOver[] {
  return originals.constants.map((constant) => {
    const value = Number(constant.value);
    const { name, ours } = constant;
    const own = (line: string, code?: NoteCode): TakenOver => ({
      constant,
      ours: line,
      note: code ? { code, limit: 0 } : null,
    });
    const not = (code: NoteCode, limit = 0): TakenOver => ({ constant, ours: null, note: { code, limit } });
    switch (name) {
      case "cell_low":
        return value > DEFAULTS.cell_low && value < LIMITS.cell_low
          ? own(`${ours}: ${value}`)
          : not(name, DEFAULTS.cell_low);
      case "cell_high":
        return value < DEFAULTS.cell_high && value > LIMITS.cell_high
          ? own(`${ours}: ${value}`)
          : not(name, DEFAULTS.cell_high);
      case "current":
        // The larger of two limits counts: the share of the capacity must not be it.
        return value < DEFAULTS.current ? own(`${ours}: ${value}`, "capacity_share") : not(name, DEFAULTS.current);
      case "stale":
        return value < DEFAULTS.stale ? own(`${ours}: ${value * 60}`) : not(name, DEFAULTS.stale);
      case "command_file":
        return own(String(ours), "by_switch");
      case "to_grid":
      case "off_grid":
      case "off_grid_full":
      case "off_grid_power":
        return not(constant.isUsual ? "rules" : "rules_own");
      default:
        return own(`${ours}: ${constant.value}`);
    }
  });
}

/** The configuration that --switch writes where there is none: only what differs from the defaults. */
export function takenOverConfig(originals: Originals, words: Words): string {
  const value = (name: Constant["name"]) => constantOf(originals, name);
  const bms = value("bms_port");
  const inverter = value("inverter_port");
  const device = (kind: "bms" | "inverter", port: string) => ({ port, device: kind, protocol: null }) as const;
  const found = [...(inverter ? [device("inverter", inverter)] : []), ...(bms ? [device("bms", bms)] : [])];
  const baud = { bms: value("bms_baud"), inverter: value("inverter_baud") };
  const text = firstConfig(found, words)
    .replace(
      /^(inverter: \{port: .*)\}$/m,
      `$1${given("baud", baud.inverter, "19200")}${given("slave", value("inverter_slave"), "4")}}`,
    )
    .replace(/^( {2}- \{name: bms, .*)\}$/m, `$1${given("baud", baud.bms, "115200")}}`);
  return [
    text.trimEnd(),
    ...alertLines(originals),
    ...mqttLines(originals),
    ...(originals.telebot
      ? [`notify: {reg_event: {url: ${JSON.stringify(`${originals.telebot.url.replace(/\/$/, "")}/reg_event.php`)}}}`]
      : []),
    `# ${words.config_original}`,
    "export: {original_dir: /tmp}",
    "",
  ].join("\n");
}

function given(key: string, value: string | null, usual: string): string {
  return value === null || Number(value) === Number(usual) ? "" : `, ${key}: ${Number(value)}`;
}

function alertLines(originals: Originals): string[] {
  const keys = takenOver(originals).flatMap(({ ours }) => {
    const [, alert, key, value] = /^alerts\.(\w+)\.(\w+): (.+)$/.exec(ours ?? "") ?? [];
    return alert ? [`${alert}: {${key}: ${value}${alert === "over_current" ? ", capacity_share: 0.1" : ""}}`] : [];
  });
  return keys.length === 0 ? [] : [`alerts: {${keys.join(", ")}}`];
}

function mqttLines(originals: Originals): string[] {
  const host = constantOf(originals, "mqtt_host");
  if (host === null) return [];
  const url = `mqtt://${host}:${constantOf(originals, "mqtt_port") ?? "1883"}`;
  const secret = originals.creds ? `, password_file: ${MQTT_SECRET}` : "";
  return [`mqtt: {enabled: true, url: ${JSON.stringify(url)}${secret}, original_topics: true}`];
}
