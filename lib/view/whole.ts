/** Several devices of a role as one: what a station of several inverters or packs is for its rules, its page and its exports. Pure. */
import { sumOfAll } from "../base/numbers.ts";
import type { Field, Raw, Unit } from "../codec/table.ts";
import type { Derived, GridEstimate } from "../devices/inverter/derived.ts";
import { INVERTER_SAMPLE_FIELDS, type InverterSampleRaw } from "../devices/inverter/sample.ts";
import type { BmsInput, InverterInput } from "./record.ts";
import { inverterRecord } from "./records.ts";

/** Samples of one round lie closer together than this, s: the devices are polled one after the other. */
const ROUND_GAP_S = 30;

/** What the devices told in one round; null = that one told nothing that is still live. `at`: the newest of them. */
export interface Round<T> {
  readonly at: number;
  readonly parts: readonly (T | null)[];
}

/**
 * Samples of several devices (each oldest first) round by round: a round ends where a device tells for the second time, or where time
 * passes. A device that is missing in a round stands with what it told last, as long as that is not older than `max_age_s`.
 */
export function roundsOf<T extends { readonly at: number }>(
  devices: readonly (readonly T[])[],
  max_age_s: number,
): Round<T>[] {
  const all = devices.flatMap((samples, device) => samples.map((sample) => ({ device, sample })));
  all.sort((a, b) => a.sample.at - b.sample.at || a.device - b.device);
  const rounds: Round<T>[] = [];
  const newest: (T | null)[] = devices.map(() => null);
  const seen = new Set<number>();
  let at = 0;
  const close = () => {
    if (seen.size === 0) return;
    rounds.push({ at, parts: newest.map((one) => (one !== null && at - one.at <= max_age_s ? one : null)) });
    seen.clear();
  };
  for (const { device, sample } of all) {
    if (seen.has(device) || sample.at - at > ROUND_GAP_S) close();
    seen.add(device);
    newest[device] = sample;
    at = sample.at;
  }
  close();
  return rounds;
}

/** How the values of several inverters become one. */
type Joining = "sum" | "mean" | "least" | "most" | "same" | "union";

const BY_UNIT: Partial<Record<Unit, Joining>> = {
  ...{ W: "sum", VA: "sum", var: "sum", A: "sum", kWh: "sum" },
  ...{ V: "mean", Hz: "mean", "%": "mean", "°C": "most", d: "most", h: "most", min: "most" },
};
/** A grid that one machine misses is not there for the house. */
const BY_KEY: Readonly<Record<string, Joining>> = {
  grid_voltage: "least",
  grid_frequency: "least",
  pv_voltage: "most",
};

function joiningOf(key: string, field: Field): Joining {
  const own = BY_KEY[key];
  if (own !== undefined) return own;
  if (field.kind === "flags") return "union";
  return ("unit" in field && field.unit ? BY_UNIT[field.unit] : undefined) ?? "same";
}

function join(joining: Joining, values: readonly Raw[]): Raw {
  const known = values.filter((value) => value !== null);
  const numbers = known.filter((value) => typeof value === "number");
  switch (joining) {
    case "sum":
      // A sum that lacks a part is none.
      return numbers.length === values.length ? numbers.reduce((sum, value) => sum + value, 0) : null;
    case "mean":
      return numbers.length === 0 ? null : Math.round(numbers.reduce((sum, value) => sum + value, 0) / numbers.length);
    case "least":
      return numbers.length === 0 ? null : Math.min(...numbers);
    case "most":
      return numbers.length === 0 ? null : Math.max(...numbers);
    case "union":
      return numbers.length === 0 ? null : numbers.reduce((word, value) => word | value, 0);
    case "same":
      return known.length === values.length && known.every((value) => value === known[0]) ? (known[0] ?? null) : null;
  }
}

/** Inverter samples as that of one machine: powers, currents and counters are sums, states only what all of them say. */
export function wholeInverter(machines: readonly InverterSampleRaw[]): InverterSampleRaw {
  if (machines.length === 1) return machines[0] as InverterSampleRaw;
  const rows = machines as unknown as readonly Readonly<Record<string, Raw>>[];
  const joined = Object.entries<Field>(INVERTER_SAMPLE_FIELDS).map(([key, field]) => {
    const values = rows.map((row) => row[key] ?? null);
    return [key, join(joiningOf(key, field), values)];
  });
  return Object.fromEntries(joined) as InverterSampleRaw;
}

/** What no register holds, of several machines: sums of what each derived for itself. */
export function wholeDerived(machines: readonly Derived[]): Derived {
  if (machines.length === 1) return machines[0] as Derived;
  const sum = (key: "grid_net_power" | "grid_import_power" | "grid_export_power") =>
    join(
      "sum",
      machines.map((one) => one[key]),
    ) as number | null;
  const estimates = machines.flatMap(({ grid_estimate }) => grid_estimate ?? []);
  const net = sum("grid_net_power");
  const factors = machines.flatMap(({ power_factor }) => power_factor ?? []);
  const temperatures = machines.flatMap(({ inverter_temperature }) => inverter_temperature ?? []);
  return {
    power_factor: factors.length === 0 ? null : factors.reduce((all, one) => all + one, 0) / factors.length,
    grid_import_power: sum("grid_import_power"),
    grid_export_power: sum("grid_export_power"),
    grid_net_power: net,
    grid_direction_mismatch: machines.some((one) => one.grid_direction_mismatch === true),
    // As soon as one machine's share is worked out, the whole is.
    grid_power_estimated: estimates.length === 0 ? null : net,
    grid_estimate: estimates.length === 0 ? null : wholeEstimate(estimates, net),
    no_sun: machines.every((one) => one.no_sun === true),
    inverter_temperature: temperatures.length === 0 ? null : Math.max(...temperatures),
  };
}

function wholeEstimate(estimates: readonly GridEstimate[], net: number | null): GridEstimate {
  const size = estimates.reduce((all, one) => all + one.size, 0);
  const reasons = new Set(estimates.map(({ reason }) => reason));
  const [reason = "unknown"] = reasons;
  return {
    size: net === null ? size : Math.abs(net),
    direction: net === null ? null : net >= 0 ? "import" : "export",
    reason: net === null ? "unknown" : reason,
  };
}

/** One machine in a round: its record, and the sample that it was made of. */
export interface MachineNow {
  readonly record: InverterInput;
  readonly raw: InverterSampleRaw;
}

/** Where the grid switch of each machine stands, when they differ; null while all stand alike, or one does not tell. */
export interface MixedSwitch {
  readonly on: readonly string[];
  readonly off: readonly string[];
}

/** The machines whose switches differ. `machines`: by name. */
export function mixedSwitch(machines: readonly (readonly [name: string, on: boolean | null])[]): MixedSwitch | null {
  const names = (wanted: boolean) => machines.filter(([, on]) => on === wanted).map(([name]) => name);
  const [on, off] = [names(true), names(false)];
  return on.length > 0 && off.length > 0 ? { on, off } : null;
}

/**
 * The record of all inverters together. `wanted`: the position that an order of ours asks for, null without one. While the switches
 * differ the order is not done: the whole stands where it is not wanted, and without an order off the grid, where the way back is guarded.
 */
export function wholeRecord(
  at: number,
  machines: readonly (MachineNow | null)[],
  wanted: boolean | null,
): InverterInput {
  const there = machines.filter((one) => one !== null);
  const records = there.map(({ record }) => record);
  const complete = there.length === machines.length;
  const ratings = records.map(({ rated_power }) => rated_power ?? null);
  const known = ratings.filter((watts) => watts !== null);
  const machine = {
    battery_class: records.find(({ battery_class }) => battery_class != null)?.battery_class ?? null,
    rated_power: known.length === 0 ? null : known.reduce((sum, watts) => sum + watts, 0),
  };
  const raw = wholeInverter(there.map((one) => one.raw));
  const joined = inverterRecord({ at, sample: { raw } }, { machine });
  const derived = wholeDerived(records.flatMap((one) => one.derived ?? []));
  const switches = records.map(({ ongrid_switch }) => ongrid_switch);
  const isMixed = switches.includes(true) && switches.includes(false);
  const only = <T>(value: T): T | null => (complete ? value : null);
  const doubts = records.flatMap((one) => one.doubts ?? []);
  const { doubts: _own, values: _sums, ...values } = joined;
  return {
    ...values,
    derived,
    ongrid_switch: isMixed ? !(wanted ?? true) : only(joined.ongrid_switch),
    // A machine that is silent may do anything: sums without it would be read as those of the house.
    pv_power: only(joined.pv_power),
    load_power: only(joined.load_power),
    grid_power: only(derived.grid_net_power),
    grid_power_estimated: only(derived.grid_power_estimated),
    grid_estimate: only(derived.grid_estimate),
    battery_current: only(joined.battery_current),
    inverter_temperature: derived.inverter_temperature,
    pv_energy: only(joined.pv_energy),
    grid_import_energy: only(joined.grid_import_energy),
    grid_export_energy: only(joined.grid_export_energy),
    load_energy: only(joined.load_energy),
    grid_charge_energy: only(joined.grid_charge_energy),
    discharge_energy: only(joined.discharge_energy),
    errors: joinFlags(records.map(({ errors }) => errors)),
    warnings: joinFlags(records.map(({ warnings }) => warnings)),
    ...(doubts.length > 0 ? { doubts } : {}),
  };
}

function joinFlags<T>(lists: readonly (readonly T[] | null)[]): readonly T[] | null {
  const known = lists.filter((list) => list !== null);
  return known.length === 0 ? null : known.flat();
}

/** Packs in parallel by what each tells of its charge. */
export interface PackCharge {
  readonly soc: number | null;
  /** Of any unit, the same for all. */
  readonly capacity: number | null;
}

/** State of charge of packs in parallel, by capacity where all that tell it know theirs; null without any. `complete`: every pack tells it. */
export function chargeOf(packs: readonly PackCharge[]): PackCharge & { readonly complete: boolean } {
  const telling = packs.filter(({ soc }) => soc !== null);
  const weighted = telling.every(({ capacity }) => (capacity ?? 0) > 0);
  const weight = ({ capacity }: PackCharge) => (weighted ? (capacity as number) : 1);
  const total = telling.reduce((sum, pack) => sum + weight(pack), 0);
  const complete = packs.length > 0 && telling.length === packs.length;
  return {
    soc: total === 0 ? null : telling.reduce((sum, pack) => sum + (pack.soc as number) * weight(pack), 0) / total,
    capacity: complete && weighted ? total : null,
    complete,
  };
}

/** Name of what several inverters are together. */
export const WHOLE_INVERTER = "inverters";

/** Name of the battery that several packs are together. */
export const WHOLE_BATTERY = "all";

/**
 * The record of all packs together: the charge by capacity, currents summed, the cells one pack after the other. A silent pack is never
 * averaged away: it is named in `missing`, and without it neither charge nor current of the whole is known, while the cells of the others still are.
 */
export function wholeBattery(at: number, packs: readonly (BmsInput | null)[], names: readonly string[]): BmsInput {
  const there = packs.filter((pack) => pack !== null);
  const complete = there.length === packs.length;
  const numbers = (key: "battery_current" | "capacity" | "pack_voltage") => there.map((pack) => pack[key]);
  const { soc, complete: all_tell } = chargeOf(there);
  const missing = names.filter((_, index) => packs[index] === null);
  const only = <T>(value: T): T | null => (complete ? value : null);
  const charging = there.map(({ charge_mosfet_on }) => charge_mosfet_on);
  const discharging = there.map(({ discharge_mosfet_on }) => discharge_mosfet_on);
  const transistors = there.flatMap(({ mosfet_temperature }) => mosfet_temperature ?? []);
  const probes = there
    .flatMap(({ battery_temperature_1: a, battery_temperature_2: b }) => [a, b])
    .filter((t) => t !== null);
  const doubts = there.flatMap((pack, index) => {
    const before = there.slice(0, index).reduce((sum, { cells }) => sum + cells.length, 0);
    return (pack.doubts ?? []).map((doubt) => ({ ...doubt, key: shifted(doubt.key, before) }));
  });
  return {
    at,
    device: WHOLE_BATTERY,
    packs: there.map(({ device, cells }) => ({ device, cells: cells.length })),
    cells: there.flatMap(({ cells }) => cells),
    pack_voltage: meanOf(numbers("pack_voltage")),
    battery_current: only(sumOfAll(numbers("battery_current"))),
    soc: only(all_tell ? soc : null),
    capacity: only(sumOfAll(numbers("capacity"))),
    mosfet_temperature: transistors.length === 0 ? null : Math.max(...transistors),
    // The warmest and the coldest probe: rules ask for both.
    battery_temperature_1: probes.length === 0 ? null : Math.max(...probes),
    battery_temperature_2: probes.length === 0 ? null : Math.min(...probes),
    warnings: joinFlags(there.map(({ warnings }) => warnings)),
    // Packs are full one after the other; one that lets nothing out leaves its load to the others.
    charge_mosfet_on: charging.includes(true) ? true : charging.includes(null) || !complete ? null : false,
    discharge_mosfet_on: discharging.includes(false) ? false : discharging.includes(null) || !complete ? null : true,
    good_answers: there.reduce((sum, pack) => sum + pack.good_answers, 0),
    bad_answers: there.reduce((sum, pack) => sum + pack.bad_answers, 0),
    ...(missing.length > 0 ? { missing } : {}),
    ...(doubts.length > 0 ? { doubts } : {}),
  };
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Which pack, and which cell of it, a cell of the whole is (both counted from 1); the cell itself in a battery of one pack. */
export function cellOf(
  record: Pick<BmsInput, "packs">,
  number: number,
): { readonly device: string | null; readonly cell: number } {
  let before = 0;
  for (const { device, cells } of record.packs ?? []) {
    if (number <= before + cells) return { device, cell: number - before };
    before += cells;
  }
  return { device: null, cell: number };
}

function shifted(key: string, by: number): string {
  const match = /^cell_(\d+)$/.exec(key);
  return match ? `cell_${Number(match[1]) + by}` : key;
}
