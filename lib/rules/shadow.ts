/** The original's station and ours over the same samples: where they would have stood differently, and who would have told what. */
import type { BmsInput, InverterInput } from "../view/record.ts";
import type { AlertSettings } from "./alerts/alert-settings.ts";
import type { AlertId } from "./alerts/definitions.ts";
import { evaluateAlerts } from "./alerts/evaluate.ts";
import type { AlertFacts, AlertState, DeviceFact, Values } from "./alerts/types.ts";
import type { BacktestResult } from "./backtest.ts";
import { ORIGINAL_INTERVAL_S, originalAge } from "./grid-switch/original.ts";
import type { Winner } from "./grid-switch/rule-ids.ts";

/** The four things of which the original's monitor told. */
export type OriginalAlarm = "cell_low" | "cell_high" | "current" | "stale";

/** Its thresholds: V, V, A, min. */
export interface OriginalLimits {
  readonly cell_low: number;
  readonly cell_high: number;
  readonly current: number;
  readonly stale: number;
}

/** As they stand in the original. */
export const ORIGINAL_LIMITS: OriginalLimits = { cell_low: 2.7, cell_high: 3.6, current: 50, stale: 10 };

/** Which alarm of the original means the same; one that is not here it never told. */
const SAME: Partial<Record<AlertId, OriginalAlarm>> = {
  cell_low: "cell_low",
  cell_emergency: "cell_low",
  cell_high: "cell_high",
  over_current: "current",
  device_silent: "stale",
  data_stale: "stale",
};

/** An alarm of ours, and when the original told the same; null = never. */
export interface ShadowAlarm {
  readonly at: number;
  readonly until: number | null;
  readonly id: AlertId;
  readonly values: Values;
  readonly told_at: number | null;
}

export interface ShadowInput {
  /** In order of time. */
  readonly bms: readonly BmsInput[];
  readonly inverter: readonly InverterInput[];
  readonly settings: AlertSettings;
  readonly limits: OriginalLimits;
  /** s between two runs of ours. */
  readonly interval_s: number;
}

/** Samples that one run of ours looks back on, s. */
const WINDOW_S = 3600;
/** The original's word counts for ours when it came so long before, s. */
const BEFORE_S = 900;

/** Ours above the rank of mere news, oldest first. */
export function shadowAlarms(input: ShadowInput): readonly ShadowAlarm[] {
  const theirs = originalAlarms(input);
  const ended = new Map<string, number>();
  const found: (Omit<ShadowAlarm, "until" | "told_at"> & { readonly key: string })[] = [];
  for (const event of alertEvents(input)) {
    if (event.kind === "cleared") ended.set(`${event.key} ${event.since}`, event.at);
    if (event.kind === "raised" && event.severity !== "info" && event.id !== "summary") {
      found.push({ at: event.at, id: event.id, values: event.values, key: `${event.key} ${event.since}` });
    }
  }
  return found.map(({ key, ...alarm }) => {
    const until = ended.get(key) ?? null;
    const same = SAME[alarm.id];
    const told = theirs.find(
      ({ at, what }) => what === same && at >= alarm.at - BEFORE_S && at <= (until ?? Number.POSITIVE_INFINITY),
    );
    return { ...alarm, until, told_at: told?.at ?? null };
  });
}

function alertEvents({ bms, inverter, settings, interval_s }: ShadowInput) {
  const [from, to] = spanOf(bms, inverter);
  const packs = new Window(bms);
  const inverters = new Window(inverter);
  let state: AlertState | null = null;
  const all = [];
  for (let now = from; now <= to; now += interval_s) {
    const seen = { bms: packs.at(now), inverter: inverters.at(now) };
    const facts = quietFacts([
      ...fact("bms", bms[0]?.device ?? "bms", packs.lastAt),
      ...fact("inverter", "inverter", inverters.lastAt),
    ]);
    const unlimited = { ...settings, max_messages_per_hour: Number.MAX_SAFE_INTEGER };
    const result = evaluateAlerts({ now, ...seen, facts, state, settings: unlimited });
    state = result.state;
    all.push(...result.events);
  }
  return all;
}

/** A device that was never seen yet is not missed. */
function fact(kind: DeviceFact["kind"], device: string, last: number | null): DeviceFact[] {
  return last === null ? [] : [{ kind, device, last_sample_at: last, silent_since: null, failure: null }];
}

/** Nothing is known of jobs, orders and disk. */
export function quietFacts(devices: readonly DeviceFact[]): AlertFacts {
  return {
    devices,
    failing_jobs: [],
    disk: null,
    state_writable: null,
    clock: { trusted: true, jump_s: null },
    foreign_writes: [],
    second_master: null,
    device_events: [],
    other_machines: [],
    stopped_orders: [],
    invalid_settings: { mode: null, parameters: [] },
    pv_quarter_hour_max: null,
    grid_switch: null,
  };
}

/** When the original would have told what, flaws included: the highest cell is not looked at, and an age counts whole hours only. */
function originalAlarms({ bms, inverter, limits }: ShadowInput): { at: number; what: OriginalAlarm }[] {
  const [from, to] = spanOf(bms, inverter);
  const told: { at: number; what: OriginalAlarm }[] = [];
  let next = 0;
  for (let now = from; now <= to; now += ORIGINAL_INTERVAL_S) {
    while ((bms[next]?.at ?? Number.POSITIVE_INFINITY) <= now) next += 1;
    const sample = bms[next - 1];
    if (sample === undefined) continue;
    if (originalAge(now - sample.at) > limits.stale) {
      told.push({ at: now, what: "stale" });
      continue;
    }
    const lowest = sample.cells.reduce<number>((low, cell) => Math.min(low, cell ?? low), 4);
    if (lowest < limits.cell_low) told.push({ at: now, what: "cell_low" });
    if (lowest > limits.cell_high && sample.cells.length > 0) told.push({ at: now, what: "cell_high" });
    if (Math.abs(sample.battery_current ?? 0) > limits.current) told.push({ at: now, what: "current" });
  }
  return told;
}

/** A stretch in which the switch would have stood otherwise. */
export interface ShadowStretch {
  readonly from: number;
  readonly to: number;
  /** Where our rules would have had it. */
  readonly ours: "on" | "off";
  /** The rule that last moved ours; null = it was the original that moved away. */
  readonly because: Winner | null;
}

/** Shorter ones are the difference of two clocks, s. */
const LEAST_S = 900;

/** Where the original's switch and ours stood apart. `began`: where both were at the beginning. */
export function shadowStretches({ from, to, rules, real }: BacktestResult, began: boolean): readonly ShadowStretch[] {
  const moves = [
    ...rules.list.map(({ at, on_grid, rule }) => ({ at, on_grid, by: "ours" as const, why: rule })),
    ...real.list.map(({ at, on_grid }) => ({ at, on_grid, by: "real" as const, why: null })),
  ].sort((a, b) => a.at - b.at);
  const stretches: ShadowStretch[] = [];
  const now = { ours: began, real: began };
  let apart: { from: number; because: Winner | null } | null = null;
  for (const { at, on_grid, by, why } of [...moves, { at: to ?? 0, on_grid: false, by: "end" as const, why: null }]) {
    const before = now.ours;
    if (by !== "end") now[by] = on_grid;
    if (apart !== null && (now.ours === now.real || by === "end")) {
      if (at - apart.from >= LEAST_S) {
        stretches.push({ from: apart.from, to: at, ours: before ? "on" : "off", because: apart.because });
      }
      apart = null;
    } else if (apart === null && now.ours !== now.real) apart = { from: Math.max(at, from ?? at), because: why };
  }
  return stretches;
}

/** The first and the last moment of all samples. */
function spanOf(bms: readonly BmsInput[], inverter: readonly InverterInput[]): [number, number] {
  const ends = [bms[0], inverter[0], bms.at(-1), inverter.at(-1)].flatMap((one) => (one ? [one.at] : []));
  return ends.length === 0 ? [1, 0] : [Math.min(...ends), Math.max(...ends)];
}

/** The samples that a run sees: those of the last hour, moved on with each run. */
class Window<T extends { readonly at: number }> {
  private next = 0;
  private first = 0;

  constructor(private readonly all: readonly T[]) {}

  /** Of the newest sample up to now, however old. */
  get lastAt(): number | null {
    return this.all[this.next - 1]?.at ?? null;
  }

  at(now: number): readonly T[] {
    while ((this.all[this.next]?.at ?? Number.POSITIVE_INFINITY) <= now) this.next += 1;
    while (this.first < this.next && (this.all[this.first]?.at ?? now) < now - WINDOW_S) this.first += 1;
    return this.all.slice(this.first, this.next);
  }
}
