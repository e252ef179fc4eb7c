import { arch, release } from "node:os";
import { localStamp } from "../base/local-time.ts";
import { runSibling, sameConfig } from "../cli/sibling.ts";
import type { Context } from "../cli/spec.ts";
import { version } from "../cli/version.ts";
import { inverterUnits, stationUnits } from "../config/units.ts";
import { POLLS } from "../devices/index.ts";
import { publicTrace } from "../devices/trace.ts";
import { hereOf } from "../station/here.ts";
import { decisionsBetween } from "../store/decisions.ts";
import { deviceFacts } from "../store/device-rows.ts";
import { doubtSpells } from "../store/doubts.ts";
import { ordersSince } from "../store/orders.ts";
import { alertEventsBetween } from "../store/rules.ts";
import { bmsSamples, inverterSamples } from "../store/samples.ts";
import { dialectOf } from "../view/dialect.ts";
import { parseMoment } from "../view/time-span.ts";
import type { Speech } from "../words/index.ts";
import { CASE_FORMAT, type CaseFile, type CaseTrace, DRY_POLL } from "./case-file.ts";
import { publicAnswer, publicConfig } from "./redact.ts";

/** Decisions around the moment, s; samples begin so much earlier that every one of them can be made again. */
const BEFORE_S = 1800;
const AFTER_S = 600;
const LOOK_BACK_S = 2 * 3600;
/** Facts that decide how a sample is judged; the others name the machine. */
const FACTS = ["battery_class", "rated_power", "cell_count", "probes_seen", "dialect", "ratings"];

/** Everything that is needed to see the same elsewhere, without secrets. */
export async function gatherCase(context: Context): Promise<CaseFile> {
  const { config } = context;
  const store = context.openStore({ readonly: true });
  const about = parseMoment(String(context.options.at), hereOf(context));
  const [from, to] = [about - BEFORE_S, about + AFTER_S];
  const bms = config.bms.map(({ name }) => name);
  const inverters = inverterUnits(config).map(({ name }) => name);
  const names = [...inverters, ...bms];
  const told = (name: string) => {
    const facts = Object.entries(deviceFacts(store, name)).filter(([key]) => FACTS.includes(key));
    return [name, Object.fromEntries(facts)] as const;
  };
  const since = from - LOOK_BACK_S;
  return {
    case: CASE_FORMAT,
    made_at: context.clock.now(),
    about,
    versions: {
      solar_station: version(),
      node: process.version,
      machine: arch(),
      kernel: release(),
      schema: Number(store.db.pragma("user_version", { simple: true })),
    },
    ...publicConfig(config),
    facts: Object.fromEntries(names.map(told)),
    inverter_samples: inverters.flatMap((name) => inverterSamples(store, name, since, to)),
    bms_samples: bms.flatMap((name) => bmsSamples(store, name, since, to)),
    doubts: Object.fromEntries(names.map((name) => [name, doubtSpells(store, name, since, to)])),
    decisions: decisionsBetween(store, from, to),
    orders: names.flatMap((name) => ordersSince(store, name, from)).filter(({ queued_at }) => queued_at < to),
    alerts: alertEventsBetween(store, from, to),
    traces: context.options.probe === false ? [] : await traces(context),
  };
}

/** One poll of each role, in which nothing is stored, no order is taken and every frame is told. */
async function traces(context: Context): Promise<CaseTrace[]> {
  const kinds = new Set(stationUnits(context.config).map(({ kind }) => kind));
  const found: CaseTrace[] = [];
  for (const kind of ["inverter", "bms"] as const) {
    if (!kinds.has(kind)) continue;
    const command = POLLS[kind];
    const args = [...DRY_POLL, "-vv", ...sameConfig(context)];
    const { exitCode, stdout, stderr } = await runSibling(command, args);
    const all = stderr.split("\n").filter((line) => line.trim() !== "");
    const isFrame = (line: string) => /^[<>] ?[0-9a-f]+$/.test(line.trim());
    const unit = kind === "inverter" ? inverterUnits(context.config)[0] : context.config.bms[0];
    const store = context.openStore({ readonly: true });
    found.push({
      ...{ kind, command, slave: unit?.slave ?? 1 },
      dialect: unit && "protocol" in unit ? dialectOf(unit.protocol, deviceFacts(store, unit.name).dialect) : null,
      lines: publicTrace(all.filter(isFrame)),
      answer: parsed(stdout),
      exit_code: exitCode,
      said: all
        .filter((line) => !isFrame(line))
        .join("\n")
        .replaceAll(/(\/dev\/|tcp:\/\/)\S+/g, "PORT"),
    });
  }
  return found;
}

function parsed(text: string): unknown {
  try {
    return publicAnswer(JSON.parse(text));
  } catch {
    return null;
  }
}

/** What is in it, for the owner to read before it leaves the house. */
export function caseContents(
  words: Speech["answers"]["case"],
  made: CaseFile,
  { bytes, time_zone }: { readonly bytes: number; readonly time_zone: string },
): string[] {
  const { inverter_samples, bms_samples, decisions, orders, alerts, left_out } = made;
  const versions = Object.entries(made.versions).map(([name, value]) => `${name} ${value}`);
  const traces = made.traces.map(({ command, lines, exit_code }) => words.trace(command, lines.length, exit_code));
  const contents = [
    words.versions(versions.join(", ")),
    words.configuration(left_out),
    words.samples(inverter_samples.length, bms_samples.length),
    words.records(decisions.length, orders.length, alerts.length),
    ...(traces.length === 0 ? [words.no_traces] : traces),
    words.blanked,
  ];
  return [
    words.about(localStamp(made.about, time_zone), Math.ceil(bytes / 1024)),
    ...contents.map((line) => `  ${line}`),
  ];
}
