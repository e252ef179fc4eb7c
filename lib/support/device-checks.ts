import { PortBusy, PortGone, reasonOf, StationError } from "../base/errors.ts";
import type { Context } from "../cli/spec.ts";
import type { Raw } from "../codec/table.ts";
import { snapshotFromRaw } from "../codec/values.ts";
import type { BmsConfig, InverterConfig } from "../config/sections/device-section.ts";
import { areSeveral, inverterUnits } from "../config/units.ts";
import { INVERTER_KIND, POLLS } from "../devices/index.ts";
import { INVERTER_IDENTITY_FIELDS } from "../devices/inverter/sample.ts";
import { secondMaster } from "../devices/inverter/second-master.ts";
import { doubtText } from "../page/doubts.ts";
import { openBmsLine } from "../poll/bms-line.ts";
import { acceptAdvice } from "../poll/identity.ts";
import { openInverterLine } from "../poll/inverter-line.ts";
import { speechOfStation } from "../station/voice.ts";
import type { Store } from "../store/database.ts";
import { deviceFacts } from "../store/device-rows.ts";
import { rememberedModel } from "../store/view.ts";
import { dialectOf } from "../view/dialect.ts";
import { judgeIdentity } from "../view/identity.ts";
import { judgeInverter } from "../view/judge-inverter.ts";
import { refusalWords } from "../view/refusal.ts";
import { type Check, fail, ok, skip, warn } from "./check.ts";

/** Polls per device: enough to see a bad line, short enough for cron's next minute. */
const ROUNDS = 5;
const WIRING = "check power, A/B of the RS485 pair, the common ground, baud and slave id; -vv shows the bytes";

/** Asks every device itself. `store` may be null on a first start. */
export async function deviceChecks(context: Context, store: Store | null): Promise<Check[]> {
  const checks: Check[] = [];
  for (const unit of inverterUnits(context.config)) {
    const name = areSeveral(context.config, "inverter") ? unit.name : "inverter";
    checks.push(...(await guarded(name, () => inverterChecks(context, unit, store))));
  }
  for (const unit of context.config.bms)
    checks.push(...(await guarded(unit.name, () => bmsChecks(context, unit, store))));
  return checks;
}

async function guarded(name: string, work: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PortBusy || error instanceof PortGone) return [skip(name, reasonOf(error))];
    if (error instanceof StationError) return [fail(name, reasonOf(error), WIRING)];
    throw error;
  }
}

async function inverterChecks(context: Context, unit: InverterConfig, store: Store | null): Promise<Check[]> {
  const { name } = unit;
  const speech = speechOfStation(context);
  const line = await openInverterLine(context, unit);
  try {
    const client = line.client(unit, store && rememberedModel(store, name));
    const identity = await client.readIdentityParts();
    const silent = new Set(identity.failures.map(({ part }) => part));
    const times: number[] = [];
    const reasons = new Set<string>();
    for (let poll = 0; poll < ROUNDS; poll++) {
      const began = performance.now();
      const { status, failures } = await client.readStatusParts();
      for (const { part } of failures) silent.add(part);
      times.push(performance.now() - began);
      const { refusal, doubts } = judgeInverter(status);
      for (const reason of refusal ? refusalWords(refusal) : doubts.map((doubt) => doubtText(doubt, speech)))
        reasons.add(reason);
    }
    const { requests, retries, bad_frames, timeouts, exceptions } = line.master.stats;
    const refused = exceptions === 0 ? "" : `, ${exceptions} refused`;
    const bad = `${bad_frames} bad and ${timeouts} missing answers to ${requests} requests${refused}`;
    const answers =
      retries === 0
        ? ok(name, `answers; ${turnaround(times)}; ${bad}`)
        : warn(name, `answers with trouble: ${bad}; ${turnaround(times)}`, WIRING);
    const other = secondMaster(line.master.stats);
    return [
      answers,
      identityCheck(name, identity.raw, store),
      ...silentCheck(name, [...silent], "registers from "),
      ...(reasons.size > 0
        ? [fail(`${name} values`, [...reasons].join("; "), "this may be another machine or map")]
        : []),
      ...(other ? [warn(`${name} line`, other.text, "unplug the data logger, or set inverter.gap_ms: 300")] : []),
    ];
  } finally {
    await line.close();
  }
}

function turnaround(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  return `${Math.round(sorted[Math.floor(sorted.length / 2)] as number)} ms a poll`;
}

/** Model and serial number against those of the first contact. */
function identityCheck(name: string, told: Readonly<Partial<Record<string, Raw>>>, store: Store | null): Check {
  const raw = Object.fromEntries(Object.keys(INVERTER_IDENTITY_FIELDS).map((key) => [key, told[key] ?? null]));
  const now = snapshotFromRaw(INVERTER_IDENTITY_FIELDS, raw);
  const shown = `${now.machine_type ?? ""}${now.machine_number ?? "unknown model"}, software ${now.software_version ?? "–"}, protocol ${now.protocol_version ?? "–"}`;
  const other = otherMachine("inverter", name, raw, store);
  if (other) return other;
  if (INVERTER_KIND.models.isUnknown(INVERTER_KIND.models.modelOf(now))) {
    const hint = `it is read only; please send what ${POLLS.inverter} -vv --raw prints, so that it can be made known`;
    return warn(`${name} identity`, `${shown}: a model that nobody has tried`, hint);
  }
  if (now.machine_number === null) {
    return warn(
      `${name} identity`,
      "it tells no model",
      "old firmware; read-only use is safest until values are checked",
    );
  }
  return ok(`${name} identity`, shown);
}

/** Serial number and model against those that are remembered; null = nothing speaks against this machine. */
function otherMachine(
  kind: "inverter" | "bms",
  name: string,
  raw: Readonly<Record<string, Raw>>,
  store: Store | null,
): Check | null {
  const known = store && (deviceFacts(store, name).identity as Readonly<Record<string, Raw>> | undefined);
  const { code, evidence } = judgeIdentity(known, raw);
  if (code !== "other_machine") return null;
  return fail(`${name} identity`, refusalWords({ code, evidence }).join("; "), acceptAdvice(kind));
}

/** Parts of a device that did not answer beside the rest of it. */
function silentCheck(name: string, parts: readonly string[], before = ""): Check[] {
  if (parts.length === 0) return [];
  const hint = "what they tell is unknown; the rest is read. Most likely this model does not have them";
  return [warn(`${name} parts`, `no answer from ${parts.map((part) => before + part).join(", ")}`, hint)];
}

async function bmsChecks(context: Context, unit: BmsConfig, store: Store | null): Promise<Check[]> {
  const known = store && dialectOf("auto", deviceFacts(store, unit.name).dialect);
  const line = await openBmsLine(context, unit);
  try {
    const client = await line.client(unit, { anew: true });
    const times: number[] = [];
    let cells = 0;
    for (let poll = 0; poll < ROUNDS; poll++) {
      const began = performance.now();
      cells = (await client.readSample()).cells.length;
      times.push(performance.now() - began);
      await client.settle(unit.poll_gap_ms);
    }
    const { good, bad } = client.counts;
    const text = `${good} good and ${bad} bad answers, ${cells} cells, ${turnaround(times)}`;
    const answers = bad === 0 ? ok(unit.name, text) : warn(unit.name, text, WIRING);
    const dialect = `speaks ${client.dialect}${unit.protocol === "auto" ? "" : `, as configured (${unit.protocol})`}`;
    const told = await client.readSettingParts([]);
    const other = otherMachine("bms", unit.name, told.settings.identity, store);
    const isNew = known !== null && known !== client.dialect;
    return [
      answers,
      ...(other ? [other] : []),
      ...silentCheck(
        unit.name,
        told.failures.map(({ part }) => part.replaceAll("_", " ")),
      ),
      isNew
        ? warn(
            `${unit.name} dialect`,
            `${dialect}; before it was ${known}`,
            `another board, or the port number was changed in its app; ${POLLS.bms} finds it by itself`,
          )
        : ok(`${unit.name} dialect`, dialect),
    ];
  } finally {
    await line.close();
  }
}
