import { localStamp } from "../base/local-time.ts";
import type { Context } from "../cli/spec.ts";
import type { Config } from "../config/schema.ts";
import type { Originals } from "../export/original/scripts.ts";
import type { Shadow } from "../judge/shadow-run.ts";
import { alertSentence } from "../publish/alert-text.ts";
import { voiceOf } from "../station/voice.ts";
import type { FileReport } from "./import-lines.ts";
import type { StillRunning } from "./still-running.ts";
import type { TakenOver } from "./taken-over.ts";

interface Told {
  readonly context: Context;
  readonly config: Config;
  readonly originals: Originals;
  readonly taken: readonly TakenOver[];
  readonly reports: readonly FileReport[];
  readonly running: StillRunning;
  readonly shadow: Shadow | null;
}

/** What `station adopt` found, for the owner. */
export function adoptText(told: Told): string {
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
  const causes: Readonly<Record<string, string>> = voice.speech.causes;
  const { real, ours, apart, alarms } = shadow;
  const missed = alarms.filter(({ told_at }) => told_at === null);
  const late = alarms.filter(({ at, told_at }) => told_at !== null && told_at - at > 900);
  return [
    `Ours beside it, ${when(shadow.from)} to ${when(shadow.to)}`,
    `  it switched ${real.switches} times and was off the grid for ${real.off_grid_hours.toFixed(1)} h; our rules: ${ours.switches} times, ${ours.off_grid_hours.toFixed(1)} h`,
    `  the switch would have stood otherwise ${apart.length} times`,
    ...apart.map(
      ({ from, to, ours: side, because }) =>
        `  ${when(from)}, ${hours(to - from)}: ours ${side === "on" ? "on" : "off"} the grid; ${because === null ? "the original moved, ours saw no reason" : (causes[because] ?? because)}`,
    ),
    `  alarms that it did not tell: ${missed.length}`,
    ...missed.map(({ at, id, values }) => `! ${when(at)}: ${alertSentence(id, values, voice)}`),
    ...late.map(
      ({ at, told_at, id, values }) =>
        `! ${when(at)}, told ${hours((told_at ?? at) - at)} later: ${alertSentence(id, values, voice)}`,
    ),
  ];
}
