import { localStamp } from "../base/local-time.ts";
import type { Context } from "../cli/spec.ts";
import type { Config } from "../config/schema.ts";
import type { Originals } from "../export/original/scripts.ts";
import type { Shadow } from "../judge/shadow-run.ts";
import { alertSentence } from "../publish/alert-text.ts";
import { speechOfStation, voiceOf } from "../station/voice.ts";
import type { Speech } from "../words/index.ts";
import type { FileReport, NotTaken } from "./import-lines.ts";
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

type Words = Speech["setup"]["adopt"];

/** What `station adopt` found, for the owner. */
export function adoptText(told: Told): string {
  const words = speechOfStation(told.context).setup.adopt;
  const parts = [settingLines(told, words), importedLines(told, words), runningLines(told.running, words)];
  return [...parts.flat(), ...shadowLines(told, words)].join("\n");
}

function settingLines({ originals, taken }: Told, words: Words): string[] {
  if (Object.keys(originals.scripts).length === 0) return [words.no_scripts];
  return [
    words.settings,
    ...taken.map(({ constant: { name, where, value }, ours, note: noted }) => {
      const note = noted === null ? null : words.notes[noted.code](noted.limit);
      return `  ${words.taken({ where, what: words.constants[name], value, ours, note })}`;
    }),
    ...originals.unrecognised.map(({ path, name }) => `! ${words.unrecognised(path, words.constants[name])}`),
    ...(originals.creds ? [`  ${words.secret(originals.creds)}`] : []),
    ...(originals.telebot ? [`  ${originals.telebot.path} -> notify.reg_event.url`] : []),
  ];
}

function importedLines({ reports, context }: Told, words: Words): string[] {
  if (context.dryRun) return [words.lines_dry];
  if (reports.length === 0) return [words.lines_none];
  const left = (counts: FileReport["not_taken"]) =>
    (Object.entries(counts) as [NotTaken, number][]).map(([why, count]) => `${count} ${words.not_taken[why]}`);
  return [
    words.lines,
    ...reports.flatMap(({ path, lines, taken, not_taken, examples, trouble }) => [
      `  ${path}: ${[words.lines_taken(taken, lines), ...left(not_taken)].join(", ")}`,
      ...examples.map(({ line, why }) => `!   ${path}:${line}: ${words.not_taken[why]}`),
      ...(trouble ? [`!   ${path}: ${trouble}`] : []),
    ]),
    `  ${words.never_in_lines}`,
  ];
}

function runningLines({ cron, processes, ports }: StillRunning, words: Words): string[] {
  if (cron.length + processes.length + ports.length === 0) return [words.nothing_runs];
  return [
    words.still_runs,
    ...cron.map(({ path, line, text }) => `! ${path}:${line}: ${text}`),
    ...processes.map(({ pid, command }) => `! ${words.process(pid, command)}`),
    ...ports.map(({ port, pid, command }) => `! ${words.port_held(port, pid, command)}`),
    `  ${words.switch_it}`,
  ];
}

function shadowLines({ context, config, shadow }: Told, words: Words): string[] {
  if (shadow === null) return [words.nothing_to_compare];
  const voice = voiceOf(context);
  const when = (at: number) => localStamp(at, config.station.time_zone);
  const hours = (count: number) => voice.speech.format.number(count, 1);
  const between = (from: number, to: number) => hours((to - from) / 3600);
  const causes: Readonly<Record<string, string>> = voice.speech.causes;
  const { real, ours, apart, alarms } = shadow;
  const stretch = ({ switches, off_grid_hours }: typeof real) => ({ switches, hours: hours(off_grid_hours) });
  const alarm = ({ at, told_at, id, values }: Shadow["alarms"][number]) => {
    const later = told_at === null ? null : between(at, told_at);
    return `! ${words.alarm({ at: when(at), later, alarm: alertSentence(id, values, voice) })}`;
  };
  const missed = alarms.filter(({ told_at }) => told_at === null);
  const late = alarms.filter(({ at, told_at }) => told_at !== null && told_at - at > 900);
  return [
    words.beside(when(shadow.from), when(shadow.to)),
    `  ${words.switches(stretch(real), stretch(ours))}`,
    `  ${words.apart(apart.length)}`,
    ...apart.map(({ from, to, ours: side, because }) => {
      const cause = because === null ? null : (causes[because] ?? because);
      return `  ${words.otherwise({ at: when(from), hours: between(from, to), on: side === "on", cause })}`;
    }),
    `  ${words.missed(missed.length)}`,
    ...[...missed, ...late].map(alarm),
  ];
}
