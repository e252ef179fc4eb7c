import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { localStamp } from "../base/local-time.ts";
import { runSibling } from "../cli/sibling.ts";
import { configSchema } from "../config/schema.ts";
import { replayedDevice } from "../devices/trace.ts";
import { decidedAgain } from "../judge/decided-again.ts";
import { serveDevice } from "../sim/serve.ts";
import { openStore, type Store } from "../store/database.ts";
import { rememberFacts } from "../store/device-rows.ts";
import { saveDoubts } from "../store/doubts.ts";
import { saveBmsSample, saveInverterSample } from "../store/samples.ts";
import type { Speech } from "../words/index.ts";
import { type CaseFile, type CaseTrace, DRY_POLL } from "./case-file.ts";
import { publicAnswer } from "./redact.ts";

type CaseWords = Speech["answers"]["case"];

/** One thing of a case, replayed. */
export interface Replayed {
  readonly what: string;
  /** Null = it cannot be replayed. */
  readonly same: boolean | null;
  readonly differs: readonly string[];
}

/** Traces against the simulator, decisions by the rules of this program. `folder`: for what the replay needs on the disk. */
export async function replayCase(given: CaseFile, folder: string, words: CaseWords): Promise<Replayed[]> {
  return [...(await replayTraces(given, folder, words)), ...replayDecisions(given, folder, words)];
}

async function replayTraces({ traces }: CaseFile, folder: string, words: CaseWords): Promise<Replayed[]> {
  const done: Replayed[] = [];
  for (const trace of traces) done.push(await replayTrace(trace, folder, words));
  return done;
}

async function replayTrace(trace: CaseTrace, folder: string, words: CaseWords): Promise<Replayed> {
  const what = words.replayed(trace.command, words.recorded[trace.kind]);
  const cannot = (why: string): Replayed => ({ what: `${what}: ${why}`, same: null, differs: [] });
  if (trace.answer === null) return cannot(words.had_no_answer);
  const device = replayedDevice(trace.kind, trace.dialect, trace.slave, trace.lines);
  if (device === null) return cannot(words.not_simulated(trace.dialect));
  const served = await serveDevice(device, { port: 0, baud: null, faults: [], seed: 1 });
  try {
    const config = join(folder, `${trace.kind}.yaml`);
    const port = JSON.stringify(served.line.url);
    const section =
      trace.kind === "inverter"
        ? `inverter: {port: ${port}, slave: ${trace.slave}, gap_ms: 5}\nbms: []`
        : `inverter: {enabled: false}\nbms: [{name: bms, port: ${port}, protocol: ${trace.dialect}, poll_gap_ms: 20}]`;
    writeFileSync(config, `station: {state_dir: ${JSON.stringify(folder)}}\n${section}\n`);
    const args = [...DRY_POLL, "--config", config];
    const { exitCode, stdout, stderr } = await runSibling(trace.command, args);
    const differs = differences(trace.answer, publicAnswer(JSON.parse(stdout || "null")), words);
    const ended = exitCode === trace.exit_code ? [] : [words.ended(exitCode, trace.exit_code, stderr.trim())];
    return { what, same: differs.length + ended.length === 0, differs: [...ended, ...differs] };
  } finally {
    await served.close();
  }
}

const MOST_DIFFERENCES = 10;

/** Keys whose values differ, with both. */
function differences(was: unknown, is: unknown, words: CaseWords, path = ""): string[] {
  if (isDeepStrictEqual(was, is)) return [];
  const inner = (value: unknown) =>
    typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  const [a, b] = [inner(was), inner(is)];
  // What is not there at all is no JSON.
  if (a === null || b === null) return [words.differs(path, `${JSON.stringify(is)}`, `${JSON.stringify(was)}`)];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys
    .flatMap((key) => differences(a[key], b[key], words, path === "" ? key : `${path}.${key}`))
    .slice(0, MOST_DIFFERENCES);
}

/** Each decision is made again from what was stored with it and the samples of its time. */
function replayDecisions(given: CaseFile, folder: string, words: CaseWords): Replayed[] {
  if (given.decisions.length === 0) return [];
  const store = openStore(join(folder, "case.db"));
  try {
    const config = configSchema.parse(withPorts(given.config));
    fill(store, given);
    const wrong = given.decisions.flatMap((row) => {
      const { was, is } = decidedAgain(config, store, row);
      const differs = differences(was, is, words);
      const when = localStamp(row.at, config.station.time_zone);
      return differs.length === 0 ? [] : [`${when}: ${differs.slice(0, 3).join("; ")}`];
    });
    const what = words.decisions(given.decisions.length);
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
