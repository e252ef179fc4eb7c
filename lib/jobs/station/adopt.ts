import { localStamp } from "../../base/local-time.ts";
import { actAsOwner } from "../../cli/act-as-owner.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import type { Config } from "../../config/schema.ts";
import { findOriginals, limitsOf, lineFiles, type Originals } from "../../export/original/scripts.ts";
import { alertSentence } from "../../publish/alert-text.ts";
import { backtest } from "../../rules/backtest.ts";
import { type ShadowAlarm, type ShadowStretch, shadowAlarms, shadowStretches } from "../../rules/shadow.ts";
import { type FileReport, importLines, openLines } from "../../setup/import-lines.ts";
import { type StillRunning, stillRunning } from "../../setup/still-running.ts";
import { switchBack, switchOver } from "../../setup/switch-over.ts";
import { type TakenOver, takenOver } from "../../setup/taken-over.ts";
import { wholeBetween } from "../../station/rule-inputs.ts";
import { alertSettings, ruleSet } from "../../station/rule-settings.ts";
import { voiceOf } from "../../station/voice.ts";
import type { Store } from "../../store/database.ts";
import type { InverterInput } from "../../view/record.ts";
import { parseMoment } from "../../view/time-span.ts";

/** What our rules and alarms would have made of the imported time. */
export interface Shadow {
  readonly from: number;
  readonly to: number;
  /** Switch-overs, and hours off the grid. */
  readonly real: { readonly switches: number; readonly off_grid_hours: number };
  readonly ours: { readonly switches: number; readonly off_grid_hours: number };
  readonly apart: readonly ShadowStretch[];
  readonly alarms: readonly ShadowAlarm[];
}

/**
 * `station adopt`: what is there of the original's station, its lines taken into the history, what still runs, and what ours would have
 * done meanwhile. It changes nothing of the original's; --switch does, and --back undoes that.
 */
export async function stationAdopt(context: Context): Promise<Answer> {
  const root = (context.options.root as string | undefined) ?? "/";
  const originals = findOriginals(root);
  if (context.options.back === true) return switchBack(context, root);
  const running = stillRunning(root, portsIn(context.config));
  if (context.options.switch === true) return switchOver(context, originals, running);
  // Opened as root, who may read them; stored as the station's own user.
  const files = context.dryRun ? [] : lineFiles(root, context.args).map(openLines);
  actAsOwner(context.config.station.state_dir);
  const config = ownClock(context);
  const reports = await importAll(context, config, files);
  const shadow = context.dryRun ? null : compare(context, config, originals);
  const taken = takenOver(originals);
  return {
    json: { originals: { ...originals, constants: taken }, files: reports, running, shadow },
    text: () => adoptText({ context, config, originals, taken, reports, running, shadow }),
    always: true,
  };
}

/** Before there is a configuration, times are those of this computer, as the original wrote them. */
function ownClock(context: Context): Config {
  const { config, configPath } = context;
  if (configPath !== null) return config;
  const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return { ...config, station: { ...config.station, time_zone } };
}

function portsIn({ inverter, more_inverters, bms }: Config): string[] {
  return [inverter, ...more_inverters, ...bms].map(({ port }) => port).filter((port) => port.startsWith("/"));
}

async function importAll(
  context: Context,
  config: Config,
  files: readonly ReturnType<typeof openLines>[],
): Promise<readonly FileReport[]> {
  if (files.length === 0) return [];
  const devices = { bms: config.bms[0]?.name ?? "bms", inverter: config.inverter.name };
  const into = { store: context.openStore(), devices, time_zone: config.station.time_zone };
  const reports: FileReport[] = [];
  for (const file of files) {
    context.log.info("reading", { file: file.path });
    reports.push(await importLines(into, file));
  }
  return reports;
}

/** Shorter than this, nothing can be said, s. */
const LEAST_S = 3600;

function compare(context: Context, config: Config, originals: Originals): Shadow | null {
  const store: Store = context.openStore();
  const here = { now: context.clock.now(), time_zone: config.station.time_zone };
  const from = parseMoment(String(context.options.from), here);
  const { bms, inverter } = wholeBetween(store, config, from, { bms: here.now, inverter: here.now });
  const placed = inverter.map(withPosition);
  const [first] = bms;
  if (first === undefined || placed.length === 0 || (bms.at(-1)?.at ?? 0) - first.at < LEAST_S) return null;
  const interval_s = usualGap(bms.map(({ at }) => at));
  const { policy, parameters } = ruleSet(config);
  const result = backtest({ bms, inverter: placed, parameters, policy, interval_s });
  const began = placed.find(({ ongrid_switch }) => ongrid_switch !== null)?.ongrid_switch ?? true;
  const limits = limitsOf(originals);
  const settings = alertSettings(config);
  return {
    from: result.from ?? first.at,
    to: result.to ?? here.now,
    real: { switches: result.real.switches, off_grid_hours: result.real.off_grid_hours },
    ours: { switches: result.rules.switches, off_grid_hours: result.rules.off_grid_hours },
    apart: shadowStretches(result, began),
    alarms: shadowAlarms({ bms, inverter: placed, settings, limits, interval_s }),
  };
}

/** The grid is there from so many volts. */
const GRID_THERE_V = 100;

/**
 * The original's lines do not hold the switch 20105, only its relay: closed, the switch is on; open although the grid is there, it is
 * off. Only for this comparison: what is stored stays what was read.
 */
function withPosition(sample: InverterInput): InverterInput {
  if (sample.ongrid_switch !== null || sample.grid_relay_closed === null) return sample;
  const isThere = (sample.grid_voltage ?? 0) >= GRID_THERE_V;
  return { ...sample, ongrid_switch: sample.grid_relay_closed ? true : isThere ? false : null };
}

/** Middle of the gaps between samples, at least a minute and at most the longest that the rules work with, s. */
function usualGap(moments: readonly number[]): number {
  const gaps = moments.slice(1).map((at, index) => at - (moments[index] ?? at));
  const middle = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 60;
  return Math.min(600, Math.max(60, Math.round(middle / 60) * 60));
}

interface Told {
  readonly context: Context;
  readonly config: Config;
  readonly originals: Originals;
  readonly taken: readonly TakenOver[];
  readonly reports: readonly FileReport[];
  readonly running: StillRunning;
  readonly shadow: Shadow | null;
}

function adoptText(told: Told): string {
  return [...settingLines(told), ...importedLines(told), ...runningLines(told.running), ...shadowLines(told)].join(
    "\n",
  );
}

function settingLines({ originals, taken }: Told): string[] {
  if (Object.keys(originals.scripts).length === 0)
    return ["none of the original's scripts is here (--root FOLDER looks elsewhere)"];
  return [
    "Its settings",
    ...taken.map(({ constant: { where, what, value }, ours, note }) => {
      const fate = ours === null ? `not taken over: ${note}` : `-> ${ours}${note ? ` (${note})` : ""}`;
      return `  ${where}: ${what} ${value} ${fate}`;
    }),
    ...originals.unrecognised.map((what) => `! ${what} was not recognised; set it by hand`),
    ...(originals.creds ? [`  ${originals.creds} -> mqtt.password_file, a copy that only the station reads`] : []),
    ...(originals.telebot ? [`  ${originals.telebot.path} -> notify.reg_event.url`] : []),
  ];
}

const WHY: Readonly<Record<string, string>> = {
  no_json: "no whole JSON object",
  no_device: "of neither device",
  no_time: "without a time",
  future: "of the future",
  refused: "refused as a whole: not an answer of this device",
  known: "stored already",
};

function importedLines({ reports, context }: Told): string[] {
  if (context.dryRun) return ["Its lines: a dry run reads none"];
  if (reports.length === 0) return ["Its lines: no file is here; name files or folders: station adopt FOLDER"];
  return [
    "Its lines",
    ...reports.flatMap(({ path, lines, taken, not_taken, examples, trouble }) => [
      `  ${path}: ${[`${taken} of ${lines} lines taken`, ...Object.entries(not_taken).map(([why, count]) => `${count} ${WHY[why]}`)].join(", ")}`,
      ...examples.map(({ line, why }) => `!   ${path}:${line}: ${WHY[why]}`),
      ...(trouble ? [`!   ${path}: ${trouble}`] : []),
    ]),
    "  Not in such lines, so not imported: the position of the switch 20105, the counter of PV energy, and, but for the newest, all counters",
  ];
}

function runningLines({ cron, processes, ports }: StillRunning): string[] {
  if (cron.length + processes.length + ports.length === 0) return ["Nothing of the original runs here."];
  return [
    "It still runs: two masters on one line disturb each other",
    ...cron.map(({ path, line, text }) => `! ${path}:${line}: ${text}`),
    ...processes.map(({ pid, command }) => `! process ${pid}: ${command}`),
    ...ports.map(({ port, pid, command }) => `! ${port} is held by process ${pid}: ${command}`),
    "  When you trust ours: station adopt --switch stops its lines of cron; station adopt --back undoes it.",
  ];
}

function shadowLines({ context, config, shadow }: Told): string[] {
  if (shadow === null) return ["Ours beside it: nothing to compare yet; it takes an hour of lines of both devices."];
  const when = (at: number) => localStamp(at, config.station.time_zone);
  const hours = (seconds: number) => `${(seconds / 3600).toFixed(1)} h`;
  const voice = voiceOf(context);
  const { real, ours, apart, alarms } = shadow;
  const missed = alarms.filter(({ told_at }) => told_at === null);
  const late = alarms.filter(({ at, told_at }) => told_at !== null && told_at - at > 900);
  return [
    `Ours beside it, ${when(shadow.from)} to ${when(shadow.to)}`,
    `  it switched ${real.switches} times and was off the grid for ${real.off_grid_hours.toFixed(1)} h; our rules: ${ours.switches} times, ${ours.off_grid_hours.toFixed(1)} h`,
    `  the switch would have stood otherwise ${apart.length} times`,
    ...apart.map(
      ({ from, to, ours: side, because }) =>
        `  ${when(from)}, ${hours(to - from)}: ours ${side === "on" ? "on" : "off"} the grid; ${because ?? "the original moved, ours saw no reason"}`,
    ),
    `  alarms that it did not tell: ${missed.length}`,
    ...missed.map(({ at, id, values }) => `! ${when(at)}: ${alertSentence(id, values, voice)}`),
    ...late.map(
      ({ at, told_at, id, values }) =>
        `! ${when(at)}, told ${hours((told_at ?? at) - at)} later: ${alertSentence(id, values, voice)}`,
    ),
  ];
}
