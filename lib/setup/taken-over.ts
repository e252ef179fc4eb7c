/** What of the original's settings becomes ours: a configuration as text, and what is not taken over, each with its reason. */
import { firstConfig } from "../config/first-config.ts";
import { DEFAULT_CONFIG_PATH } from "../config/locate.ts";
import { type Constant, constantOf, type Originals } from "../export/original/scripts.ts";

/** Where the broker's user and password are kept with us. */
export const MQTT_SECRET = DEFAULT_CONFIG_PATH.replace("config.yaml", "mqtt-password");

/** One constant, and what became of it. */
export interface TakenOver {
  readonly constant: Constant;
  /** The line of ours; null = not taken over. */
  readonly ours: string | null;
  /** Why it is not taken over, or what was done to it. */
  readonly note: string | null;
}

/** Ours warn earlier with these defaults; the owner's value is taken where it warns earlier still. */
const DEFAULTS = { cell_low: 3.0, cell_high: 3.6, current: 60, stale: 10 } as const;
/** Where our alarms end again: a threshold beyond that would contradict itself. */
const LIMITS = { cell_low: 3.15, cell_high: 3.5 } as const;
const RULES =
  "our rules go by charge, sun and rest voltage; `batmon: {preset: original-2026}` keeps the original's usual thresholds inside our safety rails";

/** Every constant that was found, in the order of its script. */
export function takenOver(originals: Originals): readonly TakenOver[] {
  return originals.constants.map((constant) => {
    const value = Number(constant.value);
    const { name, ours } = constant;
    const own = (line: string, note: string | null = null): TakenOver => ({ constant, ours: line, note });
    const not = (note: string): TakenOver => ({ constant, ours: null, note });
    switch (name) {
      case "cell_low":
        return value > DEFAULTS.cell_low && value < LIMITS.cell_low
          ? own(`${ours}: ${value}`)
          : not(`ours warns at ${DEFAULTS.cell_low} V in two records, at 2.9 V at once`);
      case "cell_high":
        return value < DEFAULTS.cell_high && value > LIMITS.cell_high
          ? own(`${ours}: ${value}`)
          : not(`ours warns at ${DEFAULTS.cell_high} V, and of the highest cell`);
      case "current":
        // The larger of two limits counts: the share of the capacity must not be it.
        return value < DEFAULTS.current
          ? own(`${ours}: ${value}`, "with alerts.over_current.capacity_share: 0.1, so that it counts")
          : not(`ours warns earlier: ${DEFAULTS.current} A`);
      case "stale":
        return value < DEFAULTS.stale
          ? own(`${ours}: ${value * 60}`)
          : not(`ours warns as early, ${DEFAULTS.stale} min, and counts minutes as minutes`);
      case "command_file":
        return own(`${constant.value} -> the command file of the station`, "made by --switch");
      case "to_grid":
      case "off_grid":
      case "off_grid_full":
      case "off_grid_power":
        return not(constant.isUsual ? RULES : `${RULES}; this value is the owner's own and is not kept by it`);
      default:
        return own(`${ours}: ${constant.value}`);
    }
  });
}

/** The configuration that --switch writes where there is none: only what differs from the defaults. */
export function takenOverConfig(originals: Originals): string {
  const value = (name: Constant["name"]) => constantOf(originals, name);
  const bms = value("bms_port");
  const inverter = value("inverter_port");
  const device = (kind: "bms" | "inverter", port: string) => ({ port, device: kind, protocol: null }) as const;
  const found = [...(inverter ? [device("inverter", inverter)] : []), ...(bms ? [device("bms", bms)] : [])];
  const baud = { bms: value("bms_baud"), inverter: value("inverter_baud") };
  const text = firstConfig(found)
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
    "# The original's page and everything built on its files go on: they are written as it wrote them.",
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
