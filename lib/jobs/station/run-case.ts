import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { BadCommand } from "../../base/errors.ts";
import { localTime } from "../../base/local-time.ts";
import { runSibling } from "../../cli/sibling.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { type Config, configSchema } from "../../config/schema.ts";
import { replayedDevice } from "../../devices/trace.ts";
import { decide } from "../../rules/grid-switch/decide.ts";
import type { Parameters, Policy } from "../../rules/grid-switch/parameters.ts";
import { serveDevice } from "../../sim/serve.ts";
import { wholeBetween } from "../../station/rule-inputs.ts";
import { openStore, type Store } from "../../store/database.ts";
import { rememberFacts } from "../../store/device-rows.ts";
import { saveDoubts } from "../../store/doubts.ts";
import { saveBmsSample, saveInverterSample } from "../../store/samples.ts";
import { type CaseDecision, type CaseFile, type CaseTrace, readCase } from "../../support/case-file.ts";
import { publicAnswer } from "../../support/redact.ts";

/** One thing of a case, replayed. */
interface Replayed {
  readonly what: string;
  /** Null = it cannot be replayed. */
  readonly same: boolean | null;
  readonly differs: readonly string[];
}

/** `station case run FILE`: traces against the simulator, decisions by the rules of this program; says what is the same and what not. */
export async function runCase(context: Context): Promise<Answer> {
  const path = context.args[0] ?? "";
  const given = readCase(path);
  const folder = mkdtempSync(join(tmpdir(), "solar-station-case-"));
  try {
    const replayed = [...(await replayTraces(given, folder)), ...replayDecisions(given, folder)];
    const wrong = replayed.filter(({ same }) => same === false).length;
    return {
      json: { case: path, replayed },
      text: () => replayed.flatMap(lineOf).join("\n") || "there is nothing to replay in it",
      always: true,
      ...(wrong > 0
        ? { failure: new BadCommand(`${wrong} of ${replayed.length} parts of ${path} came out otherwise`) }
        : {}),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function lineOf({ what, same, differs }: Replayed): string[] {
  const mark = same === null ? "–   " : same ? "same" : "ELSE";
  return [`${mark}  ${what}`, ...differs.map((line) => `        ${line}`)];
}

async function replayTraces({ traces }: CaseFile, folder: string): Promise<Replayed[]> {
  const done: Replayed[] = [];
  for (const trace of traces) done.push(await replayTrace(trace, folder));
  return done;
}

async function replayTrace(trace: CaseTrace, folder: string): Promise<Replayed> {
  const what = `${trace.command} on the recorded ${trace.kind}`;
  const cannot = (why: string): Replayed => ({ what: `${what}: ${why}`, same: null, differs: [] });
  if (trace.answer === null) return cannot("it had no answer to compare with");
  const device = replayedDevice(trace.kind, trace.dialect, trace.slave, trace.lines);
  if (device === null) {
    return cannot(
      `a BMS that speaks ${trace.dialect ?? "an unknown protocol"} is not simulated from a trace; station decode explains its frames`,
    );
  }
  const served = await serveDevice(device, { port: 0, baud: null, faults: [], seed: 1 });
  try {
    const config = join(folder, `${trace.kind}.yaml`);
    const port = JSON.stringify(served.line.url);
    const section =
      trace.kind === "inverter"
        ? `inverter: {port: ${port}, slave: ${trace.slave}, gap_ms: 5}\nbms: []`
        : `inverter: {enabled: false}\nbms: [{name: bms, port: ${port}, protocol: ${trace.dialect}, poll_gap_ms: 20}]`;
    writeFileSync(config, `station: {state_dir: ${JSON.stringify(folder)}}\n${section}\n`);
    const { exitCode, stdout, stderr } = await runSibling(trace.command, [
      "--dry-run",
      "--settings",
      "--json",
      "--config",
      config,
    ]);
    const differs = differences(trace.answer, publicAnswer(JSON.parse(stdout || "null")));
    const ended =
      exitCode === trace.exit_code ? [] : [`ended with ${exitCode}, then with ${trace.exit_code}: ${stderr.trim()}`];
    return { what, same: differs.length + ended.length === 0, differs: [...ended, ...differs] };
  } finally {
    await served.close();
  }
}

const MOST_DIFFERENCES = 10;

/** Keys whose values differ, with both. */
function differences(was: unknown, is: unknown, path = ""): string[] {
  if (isDeepStrictEqual(was, is)) return [];
  const inner = (value: unknown) =>
    typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  const [a, b] = [inner(was), inner(is)];
  if (a === null || b === null)
    return [`${path || "the answer"}: ${JSON.stringify(is)}, in the case ${JSON.stringify(was)}`];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys
    .flatMap((key) => differences(a[key], b[key], path === "" ? key : `${path}.${key}`))
    .slice(0, MOST_DIFFERENCES);
}

/** Each decision is made again from what was stored with it and the samples of its time. */
function replayDecisions(given: CaseFile, folder: string): Replayed[] {
  if (given.decisions.length === 0) return [];
  const store = openStore(join(folder, "case.db"));
  try {
    const config = configSchema.parse(withPorts(given.config));
    fill(store, given);
    const wrong = given.decisions.flatMap((row) => {
      const differs = differences(row.record.decision, again(store, config, row));
      const { day, time } = localTime(row.at, config.station.time_zone);
      return differs.length === 0 ? [] : [`${day} ${time}: ${differs.slice(0, 3).join("; ")}`];
    });
    const what = `${given.decisions.length} decisions of the grid switch`;
    return [{ what, same: wrong.length === 0, differs: wrong.slice(0, MOST_DIFFERENCES) }];
  } finally {
    store.close();
  }
}

/** Ports are left out of a case; two packs need one each all the same. */
function withPorts(config: CaseFile["config"]): unknown {
  const named = (key: string) =>
    Array.isArray(config[key])
      ? { [key]: config[key].map((one, index) => ({ port: `/dev/${key}${index}`, ...one })) }
      : {};
  return { ...config, ...named("bms"), ...named("more_inverters") };
}

function fill(store: Store, given: CaseFile): void {
  for (const [kind, samples] of [
    ["inverter", given.inverter_samples],
    ["bms", given.bms_samples],
  ] as const) {
    for (const device of new Set(samples.map((one) => one.device)))
      rememberFacts(store, kind, device, given.facts[device] ?? {});
  }
  store.write(() => {
    for (const { device, at, sample } of given.inverter_samples) {
      saveInverterSample(store, device, at, sample);
      saveDoubts(store, "inverter", device, at, doubtsOf(given, device, at));
    }
    for (const { device, at, sample } of given.bms_samples) {
      saveBmsSample(store, device, at, sample);
      saveDoubts(store, "bms", device, at, doubtsOf(given, device, at));
    }
  });
}

function doubtsOf({ doubts }: CaseFile, device: string, at: number) {
  return (doubts[device] ?? []).filter(({ first_at, last_at }) => first_at <= at && at <= last_at);
}

function again(store: Store, config: Config, { at, record, parameters }: CaseDecision): unknown {
  const { samples, decision } = record;
  const until = { bms: (samples.bms_until ?? at) + 1, inverter: (samples.inverter_until ?? at) + 1 };
  const wanted = (record.before as { pending?: { value?: boolean } | null } | null)?.pending?.value ?? null;
  const result = decide({
    now: at,
    uptime_s: record.uptime_s,
    samples: wholeBetween(store, config, samples.from, until, wanted),
    state: record.before,
    policy: parameters.policy as Policy,
    parameters: parameters.parameters as Parameters,
    plan: record.plan ?? null,
    mode: decision.mode,
    switches_24h: record.switches_24h,
    order_outcome: record.order_outcome ?? null,
    charger_source: record.charger_source,
  });
  return JSON.parse(JSON.stringify(result.decision));
}
