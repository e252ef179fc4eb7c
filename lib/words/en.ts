/** English. */
import { formatDuration } from "../base/duration.ts";
import { FAILURES, type FailureWords } from "../base/failure/failure.ts";
import { sentenceCase } from "../codec/values.ts";
import type {
  AlertCatalogue,
  AlertWords,
  CauseCatalogue,
  CellValues,
  DecisionValues,
  Device,
  EvidenceValues,
  GuardCatalogue,
  Guarded,
  Hot,
  Seen,
  WatchedField,
  WatchedValues,
} from "./alert-values.ts";
import { ANSWERS } from "./answers-en.ts";
import { BACKUP } from "./backup-en.ts";
import { DEMO } from "./demo-en.ts";
import { doctorEn } from "./doctor-en.ts";
import { DUMPS } from "./dumps-en.ts";
import { type Format, type Locale, MISSING } from "./format.ts";
import { HAND } from "./hand-en.ts";
import type { HeadlineValues, HouseState } from "./headline-values.ts";
import type { MessageRefusalWords } from "./message-values.ts";
import { ORDERS } from "./orders-en.ts";
import { all, capital, known, listed, told } from "./sentence.ts";
import { SETUP } from "./setup-en.ts";
import { whyEn } from "./why-en.ts";

export const locale: Locale = {
  tag: "en-GB",
  decimal: ".",
  group: ",",
  months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"],
  units: {
    ...{ V: "V", mV: "mV", A: "A", mA: "mA", W: "W", kW: "kW", VA: "VA", var: "var", kWh: "kWh", Hz: "Hz", "°C": "°C" },
    ...{
      "%": "%",
      Ah: "Ah",
      mAh: "mAh",
      s: "s",
      min: "min",
      h: "h",
      d: "d",
      us: "µs",
      mOhm: "mΩ",
      uOhm: "µΩ",
      MiB: "MiB",
    },
  },
};

type Word = string | null | undefined;

/** "battery", or with the pack's name where there are several. */
const battery = (device: Word): string => (device ? `battery ${device}` : "battery");
const theBattery = (device: Word): string => (device ? `battery ${device}` : "the battery");
const deviceName = ({ kind, device }: Device): string =>
  kind === "inverter" ? "the inverter" : device ? `the BMS of battery ${device}` : "the BMS";
const cell = (number: number | null): string => (number === null ? "a cell" : `cell ${number}`);
const times = (count: number): string => (count === 1 ? "once" : `${count} times`);

/** What keeps the house on the grid, or would keep it there; `v` is what was seen, `limit` what is asked. */
const guards = (f: Format): GuardCatalogue => ({
  mode: () => "the owner wants the grid",
  observe: () => "batmon only observes",
  manual_off: () => "there is no automatic switching",
  no_reason: () => "there is no reason to leave it yet",
  order_refused: () => "the order to leave it was refused",
  order_failed: () => "the order to leave it failed",
  order_unconfirmed: () => "the order to leave it is not confirmed",
  order_gave_up: () => "the order to leave it was given up",
  order_under_way: () => "the order to leave it is under way",
  parameters: () => "a setting of the rules is out of its range",
  reserve: (v, limit) =>
    typeof v === "number"
      ? `battery at ${f.quantity(v, "%")}, reserve ${show(f, limit, "%")}`
      : "the charge is not known",
  fresh_bms: (v) =>
    typeof v === "number" ? `the BMS's data is ${f.duration(v * 60)} old` : "there is no data of the BMS",
  fresh_inverter: (v) =>
    typeof v === "number" ? `the inverter's data is ${f.duration(v * 60)} old` : "there is no data of the inverter",
  samples: () => "there are too few readings of the battery yet",
  cells: (v, limit) =>
    typeof v === "number" && typeof limit === "number"
      ? `only ${v} of ${limit} cells are known`
      : "not all cells are known",
  current: () => "the battery's current is not known",
  charge: () => "the charge is not known",
  sensors: () => "BMS and inverter disagree about the battery",
  faults: (v) => (v === null ? "not known whether there is a fault" : "a device reports a fault"),
  bms_switches: () => "the BMS has switched charging or discharging off",
  position: () => "the position of the grid switch is not known",
  grid: (v) => (typeof v === "number" ? `the grid has only ${f.quantity(v, "V")}` : "the grid's voltage is not known"),
  physical: () => "relay and grid switch contradict each other",
  temperature: () => "a temperature is out of its limits or not known",
  load: (v, limit) =>
    typeof v === "number"
      ? `the house draws ${show(f, v, "W")}, at most ${show(f, limit, "W")}`
      : "the house's load is not known",
  lock: (v) =>
    typeof v === "number"
      ? `after an emergency it waits ${f.duration(v * 60)} more`
      : "after an emergency it waits a while",
  manual: (v) =>
    typeof v === "number"
      ? `somebody else moved the switch, hands off for ${f.duration(v * 60)} more`
      : "somebody else moved the switch, hands off for a while",
  dwell: (v, limit) =>
    typeof v === "number" && typeof limit === "number"
      ? `only ${f.duration(v * 60)} on it so far, at least ${f.duration(limit * 60)}`
      : "not long enough on the grid yet",
  budget: (v) =>
    typeof v === "number"
      ? `${v} switch-overs in 24 h, no more for now`
      : "too many switch-overs in 24 h, no more for now",
  clock: () => "the clock was set a moment ago",
});

/** Nobody's house is known to the watt. */
const roughWatts = (f: Format, watts: number): string =>
  f.quantity(watts < 100 ? watts : Math.round(watts / 10) * 10, "W");
const show = (f: Format, value: Seen, unit?: "%" | "W"): string =>
  typeof value !== "number"
    ? "–"
    : unit === "W"
      ? roughWatts(f, value)
      : unit
        ? f.quantity(value, unit)
        : f.number(value);

const CAUSES: CauseCatalogue = {
  S1: "a device reports a fault",
  S2: "too little is known of the battery",
  S3: "a cell is nearly empty",
  S4: "too hot",
  S5: "the reserve is reached",
  G1: "the battery is as good as full",
  G2: "the sun is enough",
  G3: "the battery lasts the night",
  P1: "the plan wants it",
  P2: "the plan wants it",
  F: "the original's rules want it",
  N: "the original's rules want it",
  mode: "the owner wants it",
  foreign: "somebody switched it at the inverter or with another program",
  order: "by order",
};

/** Rows whose key in sentence case would not do. */
const FIELDS = {
  ongrid_switch: "On-grid switch",
  soc_100_voltage: "SoC 100 % voltage",
  soc_0_voltage: "SoC 0 % voltage",
  cells: "Cells",
} as const;

/** States of both devices. */
const STATES = {
  power_on: "Starting",
  self_test: "Self test",
  off_grid: "Off grid",
  grid_tie: "On grid, with sun",
  bypass: "Bypass: house on the grid",
  stop: "Stopped",
  grid_charging: "Charging from the grid",
  init: "Starting",
  work: "Working",
  mppt: "Tracking (MPPT)",
  current_limiting: "Limiting current",
  absorb: "Absorption",
  float: "Float",
  equalise: "Equalising",
  // Of settings, as the machine's own display writes them where it does.
  sbu: "SBU",
  sub: "SUB",
  uti: "UTI",
  sol: "SOL",
  vde4105: "VDE",
  ups: "UPS",
  sbd: "SBD",
  sbe: "SBE",
  agm: "AGM",
  lfp: "LFP",
  nmc: "NMC",
  lto: "LTO",
} as const;

/** Entities of Home Assistant whose key in sentence case would not do. */
const ENTITIES = { why: "Reason", report: "Send report", next_switch: "Next switch-over" } as const;

export function words(f: Format) {
  const V = (volts: number | null): string => f.quantity(volts, "V", 2);
  const mV = (volts: number | null): string => f.quantity(volts === null ? null : volts * 1000, "mV");
  const A = (amperes: number | null): string => f.quantity(amperes, "A", 1);
  const W = (watts: number): string => roughWatts(f, watts);
  const C = (degrees: number | null): string => f.quantity(degrees, "°C");
  const percent = (value: number): string => f.quantity(value, "%");
  const soc = (value: number | null) => known(value, (one) => `charge ${percent(one)}`);
  const cellDetails = (v: CellValues) => [
    known(v.voltage, V),
    known(v.spread, (one) => `spread ${mV(one)}`),
    known(v.current, (one) => `current ${A(one)}`),
    soc(v.soc),
  ];
  const heat = (v: Hot) => [known(v.temperature, C), known(v.limit, (one) => `limit ${C(one)}`)];
  const guard = guards(f);
  const why = ({ guard: code, guard_value, guard_limit }: Guarded): string | null => {
    const make = code !== null && Object.hasOwn(guard, code) ? guard[code as keyof typeof guard] : null;
    return make ? `Why it stays on the grid: ${make(guard_value, guard_limit)}.` : null;
  };
  const fault = (label: string | null, bit: number | null): string =>
    label === null
      ? bit === null
        ? "a fault without a name"
        : `a fault without a name (no. ${bit})`
      : label.replaceAll("_", " ");
  const field = (key: string): string =>
    Object.hasOwn(FIELDS, key) ? (FIELDS[key as keyof typeof FIELDS] as string) : sentenceCase(key);
  const doubted = (keys: readonly string[]): string => {
    const named = keys
      .slice(0, 5)
      .map((key) => field(key))
      .join(", ");
    return keys.length > 5 ? `${named} and ${keys.length - 5} more` : named;
  };

  const evidence = ({ keys, found, expected }: EvidenceValues): string =>
    keys
      .map((key, index) => {
        const before = expected[index] ?? "–";
        return `${field(key)} ${found[index] ?? "–"}${before === "–" ? "" : `, before ${before}`}`;
      })
      .join("; ");
  const partNames = (keys: readonly string[]): string =>
    keys.map((key) => (/^\d+$/.test(key) ? `registers from ${key}` : field(key))).join(", ");

  const alerts: AlertCatalogue = {
    cell_low: {
      title: "Low cell",
      raised: (v) =>
        all(
          told(
            `${capital(cell(v.cell))} of ${theBattery(v.device)} is low`,
            known(v.voltage, V),
            known(v.rest_voltage, (one) => `about ${V(one)} at rest`),
            known(v.spread, (one) => `spread ${mV(one)}`),
            soc(v.soc),
          ),
          "Use less power, or let it charge.",
        ),
      cleared: (v) =>
        told(
          `No cell of ${theBattery(v.device)} is low any more`,
          known(v.voltage, (one) => `lowest ${V(one)}`),
        ),
    },
    cell_emergency: {
      title: "Cell nearly empty",
      raised: (v) =>
        all(
          v.voltage === null
            ? `${capital(cell(v.cell))} of ${theBattery(v.device)} reads nonsense while the BMS reports an empty battery.`
            : told(`${capital(cell(v.cell))} of ${theBattery(v.device)} is nearly empty`, ...cellDetails(v)),
          "Put the house on the grid or switch loads off now.",
        ),
      cleared: (v) =>
        told(
          `No cell of ${theBattery(v.device)} is nearly empty any more`,
          known(v.voltage, (one) => `lowest ${V(one)}`),
        ),
    },
    cell_high: {
      title: "High cell",
      raised: (v) =>
        all(
          told(`${capital(cell(v.cell))} of ${theBattery(v.device)} is high`, ...cellDetails(v)),
          "Charging should end now; if it does not, lower the charge voltage.",
        ),
      cleared: (v) =>
        told(
          `No cell of ${theBattery(v.device)} is high any more`,
          known(v.voltage, (one) => `highest ${V(one)}`),
        ),
    },
    cell_spread: {
      title: "Cells out of balance",
      raised: (v) =>
        all(
          told(
            `The cells of ${theBattery(v.device)} are out of balance`,
            known(v.spread, (one) => `spread ${mV(one)}`),
            known(v.low_voltage, (one) => `${cell(v.low_cell)} at ${V(one)}`),
            known(v.high_voltage, (one) => `${cell(v.high_cell)} at ${V(one)}`),
            known(v.current, (one) => `current ${A(one)}`),
          ),
          "Is the balancer on? A full charge helps it.",
        ),
      cleared: (v) =>
        told(
          `The cells of ${theBattery(v.device)} are in balance again`,
          known(v.spread, (one) => `spread ${mV(one)}`),
        ),
    },
    over_current: {
      title: "High battery current",
      raised: (v) =>
        all(
          told(
            `High current of ${theBattery(v.device)}`,
            known(v.current, A),
            known(v.limit, (one) => `limit ${A(one)}`),
          ),
          "Switch loads off, or lower the charge current.",
        ),
      cleared: (v) => told(`The current of ${theBattery(v.device)} is normal again`, known(v.current, A)),
    },
    battery_temperature_high: {
      title: "Battery hot",
      raised: (v) => all(told(`${capital(battery(v.device))} is hot`, ...heat(v)), "Give it air and less current."),
      cleared: (v) => told(`${capital(battery(v.device))} has cooled down`, known(v.temperature, C)),
    },
    battery_temperature_low: {
      title: "Battery cold",
      raised: (v) => all(told(`${capital(battery(v.device))} is cold`, ...heat(v)), "Charging harms a frozen cell."),
      cleared: (v) => told(`${capital(battery(v.device))} is warm enough again`, known(v.temperature, C)),
    },
    mosfet_temperature: {
      title: "BMS transistors hot",
      raised: (v) =>
        all(
          told(`The BMS transistors of ${theBattery(v.device)} are hot`, ...heat(v)),
          "Give the BMS air and less current.",
        ),
      cleared: (v) => told(`The BMS transistors of ${theBattery(v.device)} have cooled down`, known(v.temperature, C)),
    },
    bms_fault: {
      title: "BMS reports",
      raised: (v) => `The BMS of ${theBattery(v.device)} reports: ${fault(v.label, v.bit)}.`,
      cleared: (v) => `The BMS of ${theBattery(v.device)} no longer reports: ${fault(v.label, v.bit)}.`,
    },
    charge_mosfet_off: {
      title: "Charging switched off",
      raised: (v) =>
        told(
          `The BMS of ${theBattery(v.device)} has switched charging off`,
          known(v.voltage, (one) => `highest cell ${V(one)}`),
          known(v.temperature, C),
        ),
      cleared: (v) => `The BMS of ${theBattery(v.device)} lets it charge again.`,
    },
    discharge_mosfet_off: {
      title: "Discharging switched off",
      raised: (v) =>
        all(
          told(
            `The BMS of ${theBattery(v.device)} has switched discharging off`,
            known(v.voltage, (one) => `lowest cell ${V(one)}`),
            soc(v.soc),
          ),
          "The battery feeds nothing.",
        ),
      cleared: (v) => `The BMS of ${theBattery(v.device)} lets it discharge again.`,
    },
    soc_low: {
      title: "Battery low",
      raised: (v) =>
        all(
          told(
            `${capital(battery(v.device))} is low`,
            known(v.soc, percent),
            known(v.voltage, (one) => `${cell(v.cell)} at ${V(one)}`),
            known(v.current, (one) => `current ${A(one)}`),
          ),
          "Use less power, or let it charge.",
        ),
      cleared: (v) => told(`${capital(battery(v.device))} is no longer low`, known(v.soc, percent)),
    },
    soc_mistrust: {
      title: "Charge counter in doubt",
      raised: (v) =>
        all(
          told(
            `The charge counter of ${theBattery(v.device)} is in doubt`,
            known(v.soc, (one) => `it counts ${percent(one)}`),
            known(v.rest_voltage, (one) => `its lowest cell rests at ${V(one)}`),
          ),
          "A full charge sets it right.",
        ),
      cleared: (v) =>
        told(`The charge counter of ${theBattery(v.device)} agrees with the voltage again`, known(v.soc, percent)),
    },
    bms_implausible: {
      title: "Values of the BMS in doubt",
      raised: (v) =>
        v.excluded.length === 0
          ? `The BMS of ${theBattery(v.device)} sent values that were not believed; just now all are.`
          : `The BMS of ${theBattery(v.device)} sends values that are not believed: ${doubted(v.excluded)}. All others count.`,
      cleared: (v) => `All values of the BMS of ${theBattery(v.device)} are believed again.`,
    },
    never_full: {
      title: "No full charge",
      raised: (v) =>
        all(
          v.days === null
            ? "The battery has not been full for long."
            : `The battery has not been full for ${v.days} days.`,
          "Charge counter and balance drift; charge it full once.",
        ),
      cleared: () => "The battery was charged full.",
    },
    grid_lost: {
      title: "Grid lost",
      raised: (v) =>
        all(
          told("No grid", v.grid_voltage !== null && v.grid_voltage >= 10 && `only ${f.quantity(v.grid_voltage, "V")}`),
          known(v.soc, (one) => `Battery ${percent(one)}.`),
          known(v.run_time_s, (one) =>
            told(
              `It lasts about ${f.rough(one)}`,
              known(v.load_power, (load) => `the house draws ${W(load)}`),
            ),
          ),
        ),
      cleared: (v) =>
        all(
          told(
            "The grid is back",
            known(v.grid_voltage, (one) => f.quantity(one, "V")),
            known(v.grid_frequency, (one) => f.quantity(one, "Hz", 1)),
          ),
          known(v.soc, (one) => `Battery ${percent(one)}.`),
        ),
    },
    inverter_temperature: {
      title: "Inverter hot",
      raised: (v) => all(told("The inverter is hot", ...heat(v)), "Give it air and less load."),
      cleared: (v) => told("The inverter has cooled down", known(v.temperature, C)),
    },
    inverter_error: {
      title: "Inverter error",
      raised: (v) => `The inverter reports an error: ${fault(v.label, v.bit)}.`,
      cleared: (v) => `The inverter's error is gone: ${fault(v.label, v.bit)}.`,
    },
    inverter_warning: {
      title: "Inverter warning",
      raised: (v) => `The inverter warns: ${fault(v.label, v.bit)}.`,
      cleared: (v) => `The inverter warns no longer: ${fault(v.label, v.bit)}.`,
    },
    inverter_implausible: {
      title: "Values of the inverter in doubt",
      raised: (v) =>
        v.excluded.length === 0
          ? "The inverter sent values that were not believed; just now all are."
          : `The inverter sends values that are not believed: ${doubted(v.excluded)}. All others count.`,
      cleared: () => "All values of the inverter are believed again.",
    },
    sensors_disagree: {
      title: "Sensors disagree",
      raised: (v) =>
        all(
          told(
            "BMS and inverter disagree about the battery",
            known(v.bms_voltage, (one) => `BMS ${f.quantity(one, "V", 1)}`),
            known(v.bms_current, A),
            known(v.inverter_voltage, (one) => `inverter ${f.quantity(one, "V", 1)}`),
            known(v.inverter_current, A),
          ),
          "Look at cables and contacts.",
        ),
      cleared: (v) =>
        told(
          "BMS and inverter agree again",
          known(v.bms_voltage, (one) => `BMS ${f.quantity(one, "V", 1)}`),
          known(v.inverter_voltage, (one) => `inverter ${f.quantity(one, "V", 1)}`),
        ),
    },
    pv_wasted: {
      title: "Sun unused",
      raised: (v) =>
        all(
          told(
            "The house is on the grid and sun is left unused",
            v.stage === "float" && "the battery is full",
            known(v.pv_power, (one) => `PV ${W(one)}`),
          ),
          why(v),
        ),
      cleared: (v) =>
        told(
          "The sun is used again",
          known(v.pv_power, (one) => `PV ${W(one)}`),
        ),
    },
    no_solar: {
      title: "No off-grid time",
      raised: (v) =>
        all(
          `Not once off-grid${v.hours === null ? "" : ` for ${f.duration(v.hours * 3600)}`} although the sun gave more than the house needed.`,
          why(v),
        ),
      cleared: () => "Off-grid again.",
    },
    feed_in: {
      title: "Feed-in mode active",
      raised: (v) =>
        all(
          told(
            "The inverter sells to the grid while the BMS has charging switched off",
            known(v.export_power, (one) => `about ${W(one)}`),
            known(v.sold, (one) => `sold in all ${f.quantity(one, "kWh", 1)}`),
          ),
        ),
      cleared: (v) =>
        told(
          "The inverter sells no longer",
          known(v.sold, (one) => `sold in all ${f.quantity(one, "kWh", 1)}`),
        ),
    },
    device_silent: {
      title: "Device silent",
      raised: (v) =>
        all(
          v.failure === "wrong"
            ? `${capital(deviceName(v))} answers wrongly.`
            : `${capital(deviceName(v))} does not answer.`,
          "Look at cable, adapter and power; station doctor tells more.",
        ),
      cleared: (v) => `${capital(deviceName(v))} answers again.`,
    },
    data_stale: {
      title: "Data stale",
      raised: (v) =>
        all(
          v.dated === "none"
            ? `There is no data of ${deviceName(v)} yet.`
            : v.dated === "future"
              ? `The data of ${deviceName(v)} is dated in the future.`
              : v.dated === "repeated"
                ? told(
                    `The data of ${deviceName(v)} stands still`,
                    known(v.age_s, (one) => `one and the same answer for ${f.duration(one)}`),
                  )
                : told(
                    `No fresh data of ${deviceName(v)}`,
                    known(v.age_s, (one) => `the newest is ${f.duration(one)} old`),
                  ),
          v.position === "off"
            ? "The house was off-grid when last seen."
            : v.position === "on" && "It was on the grid when last seen.",
        ),
      cleared: (v) => `Fresh data of ${deviceName(v)} again.`,
    },
    job_failed: {
      title: "Command failing",
      raised: (v) =>
        all(
          told(
            `${v.job ?? "A command"} fails`,
            v.exit === 69
              ? "its service does not answer"
              : v.exit === 74
                ? "a file or the state file fails it"
                : v.exit === 78
                  ? "the configuration is invalid"
                  : v.exit === 75
                    ? "it runs out of time"
                    : known(v.exit, (one) => `exit code ${one}`),
          ),
          "station doctor tells more.",
        ),
      cleared: (v) => `${v.job ?? "The command"} works again.`,
    },
    foreign_write: {
      title: "Setting changed by others",
      raised: (v) =>
        told(
          `${v.name === null ? "A setting" : `"${field(v.name)}"`} was changed, not by an order of this station`,
          v.old_value !== null && v.new_value !== null && `${v.old_value} → ${v.new_value}`,
        ),
      cleared: (v) => `${v.name === null ? "The setting" : `"${field(v.name)}"`} was not changed again.`,
    },
    second_master: {
      title: "Second master on the line",
      raised: () => "Another program or logger talks on the inverter's line. Unplug it, or both will misread.",
      cleared: () => "No sign of a second master any more.",
    },
    other_machine: {
      title: "Another machine",
      raised: (v) =>
        all(
          told(`Another machine answers in place of ${deviceName(v)}`, evidence(v)),
          "Its values are not taken.",
          known(v.command, (one) => `If it was exchanged, accept it: ${one}.`),
        ),
      cleared: (v) => `The machine known as ${deviceName(v)} answers.`,
    },
    device_event: {
      title: "Device changed",
      raised: (v) => {
        const who = capital(deviceName(v));
        if (v.code === "firmware_changed") {
          return all(told(`${who} has other firmware than before`, evidence(v)), "It is read as before.");
        }
        if (v.code === "cell_count_changed") {
          return all(
            told(`${who} reports another number of cells`, evidence(v)),
            "If no cell was added or removed, look at its wires.",
          );
        }
        if (v.code === "counter_reset") {
          return all(
            told(`${who} began a lifetime counter anew`, evidence(v)),
            "This station's totals go on from there.",
          );
        }
        if (v.code === "dialect_changed") {
          return all(
            told(`${who} speaks another protocol than before`, evidence(v)),
            "It is read with that from now on.",
          );
        }
        if (v.code === "part_silent") {
          return all(
            told(`${who} answers, but not when asked for`, partNames(v.keys)),
            "What it would tell is unknown; it is asked again from time to time.",
          );
        }
        return `Something about ${deviceName(v)} has changed.`;
      },
      cleared: () => "",
    },
    order_stopped: {
      title: "Order stopped",
      raised: (v) => {
        const what = v.name === null ? "a setting" : `"${field(v.name)}"`;
        return v.code === "lease_unsafe"
          ? `${capital(what)} was to go back at the end of its time, but the grid could not be left safely for an hour. It stays as it is; give the order again when the battery is well.`
          : `Too many orders for ${what}: a limit of writes has stopped the rest. Look for the program that gives them; orders by hand still go through.`;
      },
      cleared: () => "",
    },
    switch_not_executed: {
      title: "Switch not executed",
      raised: (v) =>
        all(
          `The inverter did not ${v.wanted === "off" ? "leave the grid" : "go back to the grid"}${v.attempts === null ? "" : ` after ${f.plural(v.attempts, { one: "1 try", other: `${v.attempts} tries` })}`}.`,
          v.fate === "refused" && "The order was refused.",
          v.fate === "failed" && "The last try failed.",
          v.fate === "expired" && "The last order expired before it was sent.",
          v.fate === "relay" && "Its setting took the order, the relay did not follow.",
          v.wanted === "off" ? "The house stays on the grid." : "Switch it at the inverter's panel.",
        ),
      cleared: (v) =>
        v.position === null
          ? "The order to switch the grid is no longer wanted."
          : v.position === "on"
            ? "The inverter is on the grid, as wanted now."
            : "The inverter is off the grid, as wanted now.",
    },
    blind: {
      title: "Off-grid and blind",
      raised: (v) =>
        all(
          told(
            "The house is off-grid and too little is known to stay so",
            v.bms_age_s === null ? "no data of the BMS" : `data of the BMS ${f.duration(v.bms_age_s)} old`,
            v.inverter_age_s === null
              ? "no data of the inverter"
              : `of the inverter ${f.duration(v.inverter_age_s)} old`,
          ),
          v.next === "ordered" && "It goes back to the grid.",
          v.next === "later" && "If that lasts, it goes back to the grid.",
          v.next === "by_hand" && "Nothing is switched in this mode: put it on the grid by hand.",
        ),
      cleared: () => "Enough is known again, or the house is back on the grid.",
    },
    budget_exhausted: {
      title: "Switch budget used up",
      raised: (v) =>
        v.used === null
          ? "The switch-overs of the day are used up: the house stays on the grid."
          : `${v.used} switch-overs in 24 h are the limit: the house stays on the grid.`,
      cleared: () => "The grid may be left again.",
    },
    disk_low: {
      title: "Disk nearly full",
      raised: (v) =>
        all(
          told(
            `Disk nearly full${v.path === null ? "" : ` (${v.path})`}`,
            known(v.free_mib, (one) => `${f.quantity(one, "MiB")} left`),
            known(v.free_percent, percent),
          ),
          "Make room, or nothing can be stored.",
        ),
      cleared: (v) =>
        told(
          "The disk has room again",
          known(v.free_mib, (one) => `${f.quantity(one, "MiB")} left`),
        ),
    },
    state_not_writable: {
      title: "State not writable",
      raised: () => "The state file cannot be written: nothing is stored, and no order goes to the inverter.",
      cleared: () => "The state file can be written again.",
    },
    clock_untrusted: {
      title: "Clock not trusted",
      raised: () =>
        "The computer's clock is not set yet: rules that need the time of day rest, and times in messages may be wrong.",
      cleared: () => "The computer's clock is set again.",
    },
    settings_invalid: {
      title: "Invalid settings",
      raised: (v) =>
        all(
          "Automatic switching rests, because a setting is invalid.",
          known(v.mode, (one) => `Nobody knows the mode "${one}": choose one with batmon --mode.`),
          v.parameters.length > 0 && `Mend in config.yaml: ${v.parameters.join(", ")}.`,
        ),
      cleared: () => "All settings are valid again.",
    },
    switched: {
      title: "Grid switched",
      raised: (v) =>
        all(
          told(
            v.to === "off" ? "The house is off-grid" : "The house is on the grid",
            known(v.cause, (one) => (Object.hasOwn(CAUSES, one) ? CAUSES[one as keyof typeof CAUSES] : "")),
          ),
          listed(
            soc(v.soc),
            known(v.cell_voltage_min, (one) => `lowest cell ${V(one)}`),
            known(v.pv_power, (one) => `PV ${W(one)}`),
            known(v.load_power, (one) => `house ${W(one)}`),
          ),
        ),
      cleared: () => "",
    },
    clock_jump: {
      title: "Clock jumped",
      raised: (v) =>
        v.jump_s === null
          ? "The clock was set. What was being timed starts anew."
          : `The clock was set ${f.duration(Math.abs(v.jump_s))} ${v.jump_s > 0 ? "ahead" : "back"}. What was being timed starts anew.`,
      cleared: () => "",
    },
  };

  /** Of an alert that has no words of its own: it watches one value. */
  const watched = ({ key, beyond, unit, digits }: WatchedField): AlertWords<WatchedValues> => {
    const amount = (value: number | null) =>
      known(value, (one) => (unit === null ? f.number(one, digits) : f.quantity(one, unit, digits)));
    const name = (device: string | null) => (device === null ? field(key) : `${field(key)} (${device})`);
    return {
      title: `${field(key)}: too ${beyond === "above" ? "high" : "low"}`,
      raised: (v) =>
        told(
          `${name(v.device)} is ${beyond} its limit`,
          amount(v.value),
          known(amount(v.limit), (one) => `limit ${one}`),
        ),
      cleared: (v) => told(`${name(v.device)} is within its limit again`, amount(v.value)),
    };
  };

  return {
    alerts,
    failures: FAILURES as FailureWords,
    works_again: (after_s: number): string => `works again after ${formatDuration(after_s)}`,
    watched,
    causes: CAUSES,
    guards: guard,
    demo: DEMO,
    dumps: DUMPS,
    hand: HAND,
    answers: ANSWERS,
    setup: SETUP,
    backup: BACKUP,
    why: whyEn({ format: f, field, fault, causes: CAUSES }),
    orders: ORDERS,
    doctor: doctorEn(f, field, FAILURES),
    field,
    fault: (label: string | null, bit: number | null): string => capital(fault(label, bit)),
    /** Sentences that follow an alert's own. */
    alert_frame: {
      lasted: (seconds: number, in_all: boolean) => `It lasted ${f.duration(seconds)}${in_all ? " in all" : ""}.`,
      still: (seconds: number) => `Still so after ${f.duration(seconds)}.`,
      interrupted: (count: number) => `It was interrupted ${times(count)}.`,
      untold: (count: number) => `It came ${times(count)} before without a message.`,
    },
    report: {
      title: "Solar station,",
      until: "until",
      no_data: "no data",
      pv: "PV",
      load: "House",
      bought: "Bought",
      sold: "sold",
      battery: "Battery",
      charged: "charged",
      from_grid: "from the grid",
      discharged: "discharged",
      self_sufficiency: "Self-sufficiency",
      self_consumption: "self-consumption",
      saved: "Saved",
      saved_how:
        "estimate: what always being on the grid would have cost, less what was bought; what is in the battery counts",
      soc: "Charge",
      now: "now",
      dawn: "at dawn",
      min: "min",
      max: "max",
      run_time: "Run time at the present load",
      cell: "cell",
      lowest_cell: "Lowest cell",
      highest_cell: "Highest cell",
      spread: "Largest spread",
      at_rest: "at rest",
      current: "Battery current",
      temperature: "Temperature",
      battery_short: "battery",
      inverter: "inverter",
      off_grid: "Off-grid",
      on_grid: "on the grid",
      to_grid: "to the grid",
      to_solar: "off the grid",
      unused: "Battery full on the grid (sun unused)",
      cycles: "Equivalent full cycles today",
      missing: "Without data",
      implausible: "Samples with values in doubt",
      counter_faults: "Counters that fell or leapt (that step left out)",
      alerts: "Alerts",
      no_alerts: "No alerts",
      open: "still open:",
      since: "since",
      month: "Month",
      week: "Week",
    },
    messages: {
      recovered: "OK: ",
      alarm: "ALARM: ",
      warning: "Warning: ",
      undated: "(time not known)",
      repeat: "(may be a repeat)",
      late: (count: number, from: string, to: string, repeat: boolean) =>
        `Delivered late${repeat ? " (may be a repeat)" : ""}: ${f.plural(count, { one: "1 message", other: `${count} messages` })} from ${from} to ${to}.`,
      dropped: (count: number) => `${count} older ones found no room and were dropped.`,
      reminders: (count: number) => `${count} of them reminders.`,
      earlier: (count: number) => `… ${count} earlier ones`,
      /** What the hourly limit held back. */
      held: (total: number, seconds: number, names: readonly string[], more: number) =>
        `${f.plural(total, { one: "1 more message", other: `${total} more messages` })} in the last ${f.duration(seconds)}, over the hourly limit: ${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}.`,
      held_name: (title: string, subject: string, count: number, active: boolean) =>
        `${title}${subject === "" ? "" : ` (${subject})`} ${count}×, ${active ? "still so" : "over"}`,
    },
    /** The station in one sentence; `rough` times, because nobody knows the minute of what comes. */
    headline: (h: HeadlineValues, time_zone: string): string => {
      const about = (at: number): string => {
        const round = Math.round(at / 600) * 600;
        const time = f.time(round, time_zone);
        return f.isSameDay(round, h.now, time_zone) || round - h.now < 12 * 3600 ? time : `${time} tomorrow`;
      };
      const since = h.since === null ? "" : ` since ${f.clock(h.since, h.now, time_zone)}`;
      const left = h.left_s === null ? "" : `, about ${f.rough(h.left_s)} left`;
      const STATES_OF_HOUSE = {
        waiting: "Waiting for the first data",
        silent: since === "" ? "The inverter is silent" : `The inverter has been silent${since}`,
        unknown: "The inverter does not tell what feeds the house",
        stopped: "The inverter has stopped",
        outage: `GRID LOST${since}${h.sun_feeds ? ", sun helps" : ""}${left}`,
        battery: "House on battery",
        sun: "Sun feeds the house",
        sun_battery: "Sun and battery feed the house",
        sun_charges: "Sun feeds house and battery",
        grid: "House on the grid",
        grid_charges: "Grid feeds house and battery",
        sun_and_grid: "House on the grid, sun helps",
        sells: "Sun feeds the house, the rest is sold",
      } satisfies Record<HouseState, string>;
      const comes = h.coming.map(({ code, at, percent: reserve }) => {
        const time = about(at);
        if (code === "reserve") return `reserve (${percent(reserve ?? 0)}) about ${time}`;
        if (code === "empty") return `empty about ${time}`;
        if (code === "full") return `full about ${time}`;
        return code === "grid_from" ? `grid from about ${time}` : `battery from about ${time}`;
      });
      return all(
        `${STATES_OF_HOUSE[h.state]}.`,
        h.rules !== null &&
          (h.rules.undated || h.rules.silent_s === null
            ? "The rules run by another clock."
            : `The rules have not run for ${f.duration(h.rules.silent_s)}.`),
        h.trouble !== null &&
          `${Object.hasOwn(alerts, h.trouble.id) ? alerts[h.trouble.id as keyof typeof alerts].title : "An alert"}${h.trouble.more > 0 ? ` and ${h.trouble.more} more` : ""}.`,
        listed(...comes),
      );
    },
    /** Why the grid switch stands as it does. */
    decision: (v: DecisionValues): string => {
      const cause = Object.hasOwn(CAUSES, v.winner) ? `: ${CAUSES[v.winner as keyof typeof CAUSES]}` : "";
      const make =
        v.guard !== null && Object.hasOwn(guard, v.guard.code) ? guard[v.guard.code as keyof typeof guard] : null;
      const sun = known(v.pv, (one) => `sun ${W(one)}`) + (v.pv_needed === null ? "" : ` of ${W(v.pv_needed)} needed`);
      const battery_now = listed(
        soc(v.soc),
        known(v.reserve, (one) => `reserve ${percent(one)}`),
        known(v.lowest_cell, (one) => `lowest cell ${V(one)}`),
      );
      if (v.on_grid === null) return "It is not known whether the grid is connected.";
      if (v.on_grid) {
        if (v.wish === false && v.guard === null) return all(`The house leaves the grid${cause}.`, battery_now);
        const why_so = v.guard !== null && make ? `: ${make(v.guard.value, v.guard.limit)}` : "";
        return all(
          `The house stays on the grid${why_so}.`,
          v.guard?.code === "no_reason" && v.pv !== null && listed(sun),
        );
      }
      if (v.wish === true && !v.acts) {
        return all(`Only observing: the rules would take the house back to the grid${cause}.`, battery_now);
      }
      if (v.wish === true) return all(`The house goes back to the grid${cause}.`, battery_now);
      return all("The house lives on sun and battery; nothing calls for the grid.", battery_now);
    },
    modes: { auto: "automatic", "on-grid": "on the grid", "off-grid": "off the grid", observe: "only observing" },
    /** The coming day as planned. */
    plan: {
      on_battery: "House on battery",
      on_grid: "House on the grid",
      /** `sure`: promised, and scored later. */
      reserve: (time: string, sure: boolean) => `reserve ${sure ? "" : "perhaps "}about ${time}`,
      grid_from: (time: string) => `grid from ${time}`,
      grid_between: (from: string, to: string) => `grid from ${from} to ${to}`,
      grid_until: (time: string) => `grid until ${time}`,
      battery_until: (time: string) => `battery until ${time}`,
      full: (time: string, sure: boolean) => `full ${sure ? "" : "perhaps "}about ${time}`,
      stays: "no change planned",
      tomorrow: (time: string) => `tomorrow ${time}`,
      charge: "charge",
      grid: "grid",
      bought: (kwh: number) => `about ${f.quantity(kwh, "kWh", 1)} from the grid until tomorrow night`,
      band: (low: string, high: string, time: string) =>
        `at ${time} the charge will be ${low === high ? `about ${low}` : `between ${low} and ${high}`} %`,
      holes:
        "the devices were silent for more than two and a half hours within a day, so the rules of greedy decide until a day without such holes",
      too_new:
        "the station is new and its days do not fill the battery, so the rules of greedy decide for the first days, a week at most",
      odd_sun:
        "the sun shines at other hours than by this plan, so the rules of greedy decide: look at the clock, the time zone, the longitude and the panels",
      /** `mode`: its name. */
      mode_holds: (mode: string): string => `the plan is not followed in this mode: ${mode}`,
      not_followed: (policy: string, days: number, of: number) =>
        `the plan is not followed yet: the rules of ${policy} decide, ${days} of ${of} days are learned`,
      forecast_used: (source: "file" | "url", time: string) =>
        `the sun goes by the forecast ${source === "file" ? "in the file" : "fetched"} at ${time}`,
      forecast_refused: {
        unreadable: () => "the forecast file is left aside: it is none of the forms that are understood",
        no_hours: () => "the forecast is left aside: it says nothing about the hours to come",
        old: (value: number) => `the forecast is left aside: it is ${value} h old`,
        absurd: (value: number) => `the forecast is left aside: it promises ${value} times the sun of a clear day`,
      },
      fetch_failed: (reason: string) => `the last fetch of a forecast failed: ${reason}`,
      cut: (from: string, to: string) => `announced power cut from ${from} to ${to}`,
      bad_cut: (line: number, text: string) => `line ${line} of the power cuts is not understood: ${text}`,
      preview_head: "By the plan, until tomorrow night, without this order → with it:",
      /** `mode`: its name; in it the rules give no orders. */
      preview_head_held: (mode: string): string =>
        `Mode: ${mode}, so only orders move the switch. Until tomorrow night, without this order → with it:`,
      no_preview: "What this order changes cannot be told: there is no plan yet.",
      bought_name: "bought",
      switches_name: "switch-overs",
      not_in_sight: "not in sight",
      nothing_promised: "No promise made three hours ahead has come due in the last days.",
      full_name: "full",
      reserve_name: "reserve",
      promised: "promised for",
      came: "came",
      did_not_come: "did not come",
      within: (percent: number) => `Within half an hour: ${percent} %`,
    },
    /** Settings tried on the station's own days. */
    tune: {
      head: ["preset", "reserve %", "margin %", "bought kWh/d", "switches/d", "dark min", "lowest cell V"],
      about: (days: string) =>
        `The last ${days} days by one plant model, under other settings; stored energy is accounted for.`,
      better: (kwh: string) => `These days would have cost ${kwh} kWh a day less with:`,
      lower_reserve: "A lower reserve leaves less for a power cut: decide that yourself.",
      apply: "Nothing was changed. Write it under batmon: in config.yaml if you agree.",
      nothing: "Nothing that was tried is better by enough to change what you have.",
    },
    /** The rules over recorded days, beside what really happened. */
    backtest: {
      unproven: "no decision is kept from this span: nothing proves the replay",
      made_again: (same: number, tried: number, percent: string, recorded: number) =>
        `made again from their stored inputs: ${same} of ${tried} decisions (${percent} %), of ${recorded} recorded`,
      plans_again: (same: number, tried: number) => `; ${same} of ${tried} plans`,
      head: (from: string, to: string, policy: string, runs: number, blind: string) =>
        `${from} to ${to}, rules ${policy}, ${runs} runs, blind for ${blind} h`,
      columns: ["rules", "really", "always on grid"],
      switches: "switches",
      off_grid: "hours off-grid",
      bought: "bought, measured (kWh)",
      lowest_cell: "lowest cell, measured (V)",
      model_bought: "bought, by the model (kWh)",
      model_cell: "lowest cell, by the model",
      about_model:
        "By one plant model, all three. What a full battery left unused was not recorded: there the model takes the clear sky as bright as it was before. Stored energy is accounted for.",
      same_hours: (hours: string) => `both in the same position for ${hours} h`,
      on: "to the grid",
      off: "off the grid",
      more: (count: number) => `… ${count} more`,
    },
    /** What the rules would have done. */
    observed: {
      head: "Only observing: today the rules would have gone",
      nothing: "Only observing: the rules would have changed nothing today.",
      on: "back to the grid",
      off: "off the grid",
      more: (count: number) => `and ${count} more`,
      end: "Nothing was ordered; batmon --mode auto lets the rules act.",
    },
    /** Why a message on a command topic is not taken. */
    message_refused: {
      no_control: () => "no topic of a control",
      no_controls: (v) =>
        `${v.device} offers no controls now: its settings have not been read yet, or mqtt.commands is off`,
      not_offered: (v) => `not among the controls of ${v.device}: ${v.keys.join(", ")}${v.more ? ", …" : ""}`,
      retained: () => "a retained command would be carried out again and again; publish it without retain",
      too_long: (v) => `${v.bytes} bytes, more than ${v.most}`,
      no_ascii: () => "only plain ASCII is taken",
      no_json: () => "no valid JSON",
      bad_form: () => 'expected {"value": …, "ts": …}',
      bad_time: () => "ts is no number of UTC seconds",
      bad_value: () => "value is neither text nor number",
      no_value: () => "no usable value",
      undated: () =>
        "the broker has lost its memory of the last minutes: it was restarted without having saved it, and a command without a time may be an old one; give it again",
      too_old: (v) => `${v.age} s old, more than ${v.most}`,
      in_future: (v) => `given ${v.ahead} s in the future: the clocks differ`,
      too_many: (v) => `more than ${v.most} commands in one run`,
      no_press: () => "a button takes PRESS",
      no_mode: (v) => `"${v.value}" is no mode; permitted: ${v.modes.join(", ")}`,
    } satisfies MessageRefusalWords,
    /** What the bot answers in a chat. `what`: an order in words, by `order`. */
    chat: {
      /** What "/" offers. */
      commands: {
        status: "what feeds the house, how full the battery is",
        why: "why the grid switch stands as it does",
        plan: "what the coming day will bring",
        report: "today so far",
        chart: "a picture of the last 24 hours",
        help: "what may be said here",
      },
      help_orders:
        "/grid off 2h, /grid off until 07:00, /grid on: the grid switch\n/mode auto, /mode observe, /mode on-grid, /mode off-grid: who rules it\n/cancel: forget the order that waits\nAn order is shown first and counts once you have sent its code.",
      unknown: "I do not understand that. /help tells what may be said here.",
      battery: (soc: string, power: string, doing: string | null) =>
        `Battery ${soc}, ${power}${doing === null ? "" : ` (${doing})`}.`,
      powers: (house: string, sun: string, grid: string) => `House ${house}, sun ${sun}, grid ${grid}.`,
      mode: (mode: string) => `Mode: ${mode}.`,
      grid_off: (term: string) => `house off the grid${term}`,
      grid_on: (term: string) => `house on the grid${term}`,
      term_for: (duration: string) => ` for ${duration}, then back`,
      term_until: (time: string) => ` until ${time}, then back`,
      for_good: " until somebody changes it",
      set_mode: (mode: string) => `mode “${mode}”`,
      is_on: "It is on the grid now.",
      is_off: "It is off the grid now.",
      not_known: "Where it stands now is not known.",
      against: (why: string) => `The rules would not leave the grid now: ${why}.`,
      send_code: (code: string, minutes: number, in_group: boolean) =>
        `${in_group ? `To carry it out, reply to this message with ${code}` : `To carry it out, send ${code}`} within ${minutes} min. Otherwise nothing happens.`,
      given: (what: string) => `Ordered: ${what}. You will hear how it went.`,
      mode_set: (what: string) => `Set: ${what}. It counts from the next minute on.`,
      ended: {
        done: (what: string) => `Done: ${what}.`,
        unchanged: (what: string) => `It was so already: ${what}.`,
        not_done: (what: string, why: string) => `Not done: ${what}. ${why}`,
        state: {
          refused: "The order was refused.",
          failed: "The inverter did not do it.",
          expired: "The inverter did not answer in time.",
          cancelled: "The order was withdrawn.",
          superseded: "A later order took its place.",
        },
      },
      old: (minutes: number) =>
        `That was said more than ${minutes} min ago, and I have not done it. Say it again if you still want it.`,
      ahead: "My clock is behind: I take nothing until it is right.",
      no_orders: "Orders from chats are switched off; I only answer questions here.",
      not_allowed: "Your orders do not count here.",
      locked: "Too many wrong codes: I take no orders from here for an hour.",
      too_many_orders: "Too many orders within an hour; wait a while.",
      bad_grid: "Say /grid on or /grid off, with a time if you like: /grid off 2h, /grid off until 07:00.",
      bad_mode: "Say /mode auto, /mode observe, /mode on-grid or /mode off-grid.",
      nothing_waits: "No order waits for a code.",
      late: "The code is no longer good; nothing was done. Give the order again.",
      wrong_code: (left: number) =>
        `Wrong code. ${f.plural(left, { one: "One more try", other: `${left} more tries` })}.`,
      wrong_last: "Wrong code for the third time: the order is forgotten, nothing was done.",
      cancelled: "The order is forgotten; nothing was done.",
      refused: (why: string) => `That cannot be ordered: ${why}.`,
      no_decision: "The rules have not decided anything yet.",
      no_plan: "There is no plan at present.",
    },
    /** Name of an entity of Home Assistant; `named`: what the table calls the row. */
    entity: (key: string, named: string): string =>
      Object.hasOwn(ENTITIES, key) ? (ENTITIES[key as keyof typeof ENTITIES] as string) : named,
    /** The same of a row that nobody has proved. */
    unproven: (name: string): string => `${name} (experimental)`,
    /** A device by its name in the configuration. */
    device: (name: string): string => name.replaceAll("_", " ").replace(/\bbms\b/g, "BMS"),
    /** Names of rows, states and set bits of the devices. */
    state: (state: string | null): string =>
      state === null
        ? MISSING
        : Object.hasOwn(STATES, state)
          ? STATES[state as keyof typeof STATES]
          : state.replaceAll("_", " "),
    /** Words of the page and of the screen in the terminal. */
    page: {
      sun: "Sun",
      battery: "Battery",
      grid: "Grid",
      house: "House",
      inverter: "Inverter",
      charger: "PV charger",
      pv: "PV panels",
      bus: "DC bus",
      load: "Load",
      cells: "Cells",
      cell: "Cell",
      ago: "ago",
      silent: "silent for",
      never_seen: "no data yet",
      page_made: "Page made",
      page_every: "renewed every",
      page_old: "This page is old. It was made",
      page_old_hint: "No values are shown as live until it renews itself.",
      first_start: "Waiting for the first data",
      first_start_hint: "Values appear as soon as a dump command has stored a sample.",
      grid_connected: "input on",
      grid_disconnected: "input off",
      grid_mixed: "inputs differ",
      grid_absent: "no grid voltage",
      charging: "charging",
      discharging: "discharging",
      resting: "at rest",
      estimated_balance: "estimated from the balance",
      estimated_sold_counter: "estimated, sold by the counter",
      estimated_bought_counter: "estimated, bought by the counter",
      estimated_arrow: "estimated by the display",
      estimated_unknown: "estimated, direction unknown",
      feeding_in: "feeding in",
      importing: "buying",
      alerts: "Open alerts",
      no_alerts: "No open alerts",
      alerts_unknown: "The rules have not run yet",
      rules_silent: "The rules have not run for",
      rules_silent_undated: "The rules run by another clock",
      rules_silent_hint: "Nothing is decided or told meanwhile. Is batmon in the crontab? station doctor tells more.",
      last_decided: "last decided",
      battery_by_inverter: "by the inverter",
      part_of_packs: "of",
      not_believed: "Not believed",
      sent: "sent",
      doubt_out_of_range: "outside what is possible",
      doubt_contradicts: "another reading says otherwise",
      doubt_jump: "changed faster than is possible",
      doubt_fell: "a counter that fell",
      doubt_not_ready: "the device has just started",
      doubt_phantom: "no such sensor has ever answered",
      doubt_undecodable: "cannot be decoded",
      doubt_blank_block: "its board sent only zeros",
      since: "since",
      energy: "Energy",
      today: "Today",
      yesterday: "Yesterday",
      month: "This month",
      months: [
        ...["January", "February", "March", "April", "May", "June", "July", "August", "September", "October"],
        ...["November", "December"],
      ],
      pv_energy: "Sun",
      load_energy: "House",
      grid_import_energy: "From the grid",
      grid_export_energy: "To the grid",
      grid_charge_energy: "Grid to battery",
      charge_energy: "Battery, in",
      discharge_energy: "Battery, out",
      saved: "Saved ≈",
      self_supplied: "Own share",
      last_30_days: "Last 30 days",
      per_day: "kWh a day",
      produced: "Sun",
      used_own: "House, own energy",
      used_grid: "House, from the grid",
      no_day_data: "no data",
      last_24_hours: "Last 24 hours",
      power: "Power",
      power_signs: "Grid: + buys, − sells. Battery: + charges, − discharges.",
      soc_chart: "State of charge",
      cell_chart: "Lowest and highest cell",
      lowest: "lowest",
      highest: "highest",
      average: "average",
      spread: "spread",
      now: "now",
      reserve: "reserve",
      planned: "planned",
      chart_keys: "arrow keys read it out",
      fed: "Who fed the house",
      fed_signs: "by hours",
      cell_trend: "Cells, week by week",
      moved_most: "moved most",
      trend_signs: "mV from the median of the pack. At the right: the newest week.",
      week_from: "week from",
      per_day_title: "Day by day",
      earlier: "Earlier",
      to_now: "Now",
      soc_signs: "Shaded: off the grid. Dotted: as planned.",
      no_chart: "No samples in the last 24 hours",
      details_inverter: "Inverter in detail",
      states: "States",
      relays: "Relays",
      temperatures: "Temperatures",
      closed: "closed",
      open: "open",
      errors: "Errors",
      warnings: "Warnings",
      none: "none",
      no_sun: "no sun",
      switches: "Switches, wanted ⇒ actual",
      charge_switch: "Charging",
      discharge_switch: "Discharging",
      balancer: "Balancer",
      on: "on",
      off: "off",
      active: "active",
      idle: "idle",
      silent_device: "No live values",
      silent_hint: "Last answer",
      answers: "Good answers",
      decision: "Grid switching",
      no_decision: "No decision yet",
      decided: "decided",
      mode: "Mode",
      orders: "Last orders",
      no_orders: "No orders yet",
      orders_unknown: "The order journal is empty",
      order_queued: "queued",
      order_sending: "being sent",
      order_done: "done",
      order_unchanged: "was so already",
      order_refused: "refused",
      order_failed: "failed",
      order_expired: "expired",
      order_cancelled: "cancelled",
      order_superseded: "replaced by a later one",
    },
  };
}
