import { PortBusy, PortGone, StationError } from "../../../base/errors.ts";
import type { Context } from "../../../cli/spec.ts";
import type { Raw } from "../../../codec/table.ts";
import { snapshotFromRaw } from "../../../codec/values.ts";
import type { BmsConfig } from "../../../config/sections/device-section.ts";
import { INVERTER_IDENTITY_FIELDS } from "../../../devices/inverter/sample.ts";
import type { Dialect } from "../../../devices/jkbms/settings.ts";
import { secondMasterHint } from "../../../devices/pv1800/second-master.ts";
import type { Store } from "../../../store/database.ts";
import { deviceFacts } from "../../../store/device-rows.ts";
import { judgeInverter } from "../../../view/judge-inverter.ts";
import { refusalWords } from "../../../view/refusal.ts";
import { openBmsLine } from "../../bms-line.ts";
import { openInverterLine } from "../../inverter-line.ts";
import { doubtText } from "../../render.ts";
import { type Check, fail, ok, reasonOf, skip, warn } from "./check.ts";

/** Polls per device: enough to see a bad line, short enough for cron's next minute. */
const POLLS = 5;
const WIRING = "check power, A/B of the RS485 pair, the common ground, baud and slave id; -vv shows the bytes";

/** Asks every device itself. `store` may be null on a first start. */
export async function deviceChecks(context: Context, store: Store | null): Promise<Check[]> {
  const { inverter, bms } = context.config;
  const checks = inverter.enabled ? await guarded("inverter", () => inverterChecks(context, store)) : [];
  for (const unit of bms) checks.push(...(await guarded(unit.name, () => bmsChecks(context, unit, store))));
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

async function inverterChecks(context: Context, store: Store | null): Promise<Check[]> {
  const { name } = context.config.inverter;
  const line = await openInverterLine(context);
  try {
    const identity = await line.client.readIdentity();
    const times: number[] = [];
    const reasons = new Set<string>();
    for (let poll = 0; poll < POLLS; poll++) {
      const began = performance.now();
      const status = await line.client.readStatus();
      times.push(performance.now() - began);
      const { refusal, doubts } = judgeInverter(status);
      for (const reason of refusal ? refusalWords(refusal) : doubts.map(doubtText)) reasons.add(reason);
    }
    const { requests, retries, bad_frames, timeouts, exceptions } = line.master.stats;
    const refused = exceptions === 0 ? "" : `, ${exceptions} refused`;
    const bad = `${bad_frames} bad and ${timeouts} missing answers to ${requests} requests${refused}`;
    const answers =
      retries === 0
        ? ok(name, `answers; ${turnaround(times)}; ${bad}`)
        : warn(name, `answers with trouble: ${bad}; ${turnaround(times)}`, WIRING);
    const hint = secondMasterHint(line.master.stats);
    return [
      answers,
      identityCheck(name, identity, store),
      ...(reasons.size > 0
        ? [fail(`${name} values`, [...reasons].join("; "), "this may be another machine or map")]
        : []),
      ...(hint ? [warn(`${name} line`, hint, "unplug the data logger, or set inverter.gap_ms: 300")] : []),
    ];
  } finally {
    await line.close();
  }
}

function turnaround(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  return `${Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0)} ms a poll`;
}

/** Model and serial number against those of the first contact. */
function identityCheck(name: string, raw: Readonly<Record<string, Raw>>, store: Store | null): Check {
  const now = snapshotFromRaw(INVERTER_IDENTITY_FIELDS, raw);
  const shown = `${now.machine_type ?? ""}${now.machine_number ?? "unknown model"}, software ${now.software_version ?? "–"}, protocol ${now.protocol_version ?? "–"}`;
  const known = store ? deviceFacts(store, name).identity : undefined;
  const before = known as Readonly<Record<string, Raw>> | undefined;
  const changed = before && ["machine_number", "serial_number"].filter((key) => before[key] !== raw[key]);
  if (changed && changed.length > 0) {
    return warn(
      `${name} identity`,
      `${shown}; ${changed.join(" and ")} differ from the first contact`,
      "another machine on this line? Give it another inverter.name, so that its history stays apart",
    );
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

async function bmsChecks(context: Context, unit: BmsConfig, store: Store | null): Promise<Check[]> {
  const known = store ? ((deviceFacts(store, unit.name).dialect as Dialect | undefined) ?? null) : null;
  const line = await openBmsLine(context, unit);
  try {
    const client = await line.client(unit, null);
    const times: number[] = [];
    let cells = 0;
    for (let poll = 0; poll < POLLS; poll++) {
      const began = performance.now();
      cells = (await client.readSample()).cells.length;
      times.push(performance.now() - began);
      await client.settle(unit.poll_gap_ms);
    }
    const { good, bad } = client.counts;
    const text = `${good} good and ${bad} bad answers, ${cells} cells, ${turnaround(times)}`;
    const answers = bad === 0 ? ok(unit.name, text) : warn(unit.name, text, WIRING);
    const dialect = `speaks ${client.dialect}${unit.protocol === "auto" ? "" : `, as configured (${unit.protocol})`}`;
    const isNew = known !== null && known !== client.dialect;
    return [
      answers,
      isNew
        ? warn(
            `${unit.name} dialect`,
            `${dialect}; before it was ${known}`,
            "was the port number changed in the JK app?",
          )
        : ok(`${unit.name} dialect`, dialect),
    ];
  } finally {
    await line.close();
  }
}
