/** Why the rules decided as they did, in English: each rule with what it saw, the order, the other choice. */
import { inside } from "./sentence.ts";
import type { WhyDevice, WhyFigures, WhyNames, WhyPart, WhySource, WhySun } from "./why-values.ts";

const SOURCES: Readonly<Record<WhySource, string>> = {
  voltage: "voltage",
  counter: "counter",
  neither: "neither voltage nor counter",
};
const PARTS: Readonly<Record<WhyPart, string>> = { battery: "battery", mosfet: "BMS MOSFET", inverter: "inverter" };

/** Fragments without a full stop; `v` the value that a rule saw, `limit` what it asks. Ages and times are s, charge %. */
export const whyEn = ({ format: f, field, fault, causes }: WhyNames) => {
  const V = (volts: number | null, digits = 2): string => f.quantity(volts, "V", digits);
  const W = (watts: number | null): string => f.quantity(watts, "W");
  const percent = (value: number | null): string =>
    value === null ? "unknown" : f.quantity(value, "%", Number.isInteger(value) ? 0 : 1);
  const watts = (value: number | null): string => (value === null ? "unknown" : W(value));
  const device = (kind: WhyDevice): string => (kind === "bms" ? "BMS" : "inverter");
  const held = (so_far: number, asked: number): string => `held ${so_far} of ${asked} min`;
  const old = (age: number | null): string => (age === null ? "missing" : `${f.duration(age)} old`);
  const cell = (pack: string | null, number: number): string => `cell ${number}${pack === null ? "" : ` of ${pack}`}`;
  const cause = (id: string | null): string =>
    id === null ? "fault" : id === "order" ? "the order to leave the grid was not carried out" : (causes[id] ?? id);
  const is_on = (on: boolean | null): string => (on === null ? "unknown" : on ? "on" : "off");
  return {
    yes: "yes",
    no: "no",
    not_known: "?",
    head: (on_grid: boolean | null, mode: string, rules: string): string =>
      `${on_grid === null ? "position unknown" : on_grid ? "on the grid" : "off the grid"}, mode ${mode}, rules ${rules}`,
    no_order: "no order",
    ordered: (to_grid: boolean, life: number): string =>
      `order: ${to_grid ? "connect to the grid" : "leave the grid"} (valid for ${f.duration(life)})`,
    charger_order: (value: string): string => `order: charger source ${value}`,
    reason: (text: string): string => `why: ${text}`,
    other_choice: (text: string): string => `other choice: ${text}`,
    data: (bms: number | null, inverter: number | null, samples: number, doubted: readonly string[]): string =>
      `data: BMS ${old(bms)}, inverter ${old(inverter)}, ${samples} BMS samples${doubted.length > 0 ? `, not believed: ${doubted.join(", ")}` : ""}`,
    figures: (v: WhyFigures): string =>
      `charge ${percent(v.soc)} (by ${v.source === null ? "nothing" : SOURCES[v.source]}), lowest cell ${v.lowest === null ? "unknown" : V(v.lowest, 3)}, PV ${watts(v.pv)}, load ${watts(v.load)}, PV needed ${watts(v.needed)}`,
    repaired: (fields: readonly string[]): string => `memory: replaced ${fields.join(", ")}`,
    notes: (flags: readonly string[]): string => `besides: ${flags.join("; ")}`,
    flags: {
      blind: "too old data",
      outage: "no grid",
      locked: "locked after an emergency",
      manual: "somebody else moved the switch",
      soc_mistrust: "the charge is not certain",
      sensors_disagree: "BMS and inverter disagree",
      value_doubted: "values in doubt",
      physical_mismatch: "relay and grid switch contradict each other",
      order_unconfirmed: "an order is not confirmed",
      budget_used_up: "switch-overs of a day used up",
      clock_jump: "the clock was set",
      parameters_invalid: "settings of the rules are invalid",
      memory_lost: "memory lost",
      memory_repaired: "memory repaired",
      no_plan: "no plan, greedy decides",
      cell_low: "low cell",
      pv_wasted: "sun is wasted",
    },
    because: {
      observing: (text: string): string => `only observing; would act: ${text}`,
      owner: "the owner wants the grid",
      hands_off: "somebody else moved the switch, only emergencies act",
      stay_on: "no reason to leave the grid",
      stay_off: "no reason to go back to the grid",
      position: "the position of the grid switch is not known",
      back: (on_grid: boolean | null, rule: string): string =>
        `${on_grid === null ? "to the grid" : "back to the grid"}: ${rule}`,
      leave: (rule: string): string => `leave the grid: ${rule}`,
      blocked: (rule: string, guard: string): string => `${rule} would leave the grid, but ${guard}`,
      parameters: (problem: string): string => `parameters are invalid: ${problem}`,
      gave_up: (minutes: number): string =>
        `the order to leave the grid was not carried out, giving up for ${minutes} min`,
    },
    order: {
      open: (text: string): string => `order: ${text}`,
      what: (to_grid: boolean): string =>
        to_grid ? "the order to connect to the grid" : "the order to leave the grid",
      under_way: (what: string, tries: number): string => `${what} is under way (try ${tries})`,
      done: (what: string, tries: number): string => `${what} (try ${tries}) was carried out`,
      unconfirmed: (what: string, tries: number): string => `${what} (try ${tries}) was not confirmed`,
      gave_up: (what: string, tries: number): string =>
        `${what} was given up after ${tries === 1 ? "one try" : `${tries} tries`}`,
      ended: (what: string, tries: number, fate: string): string => `${what} (try ${tries}) ${fate}`,
      fates: {
        refused: "was refused",
        failed: "failed",
        expired: "expired before it was sent",
        cancelled: "was cancelled",
        superseded: "gave way to a newer one",
      },
    },
    distance: {
      none: "nothing can be said about the other choice",
      soc_unknown_off: "the state of charge is not known; only emergencies and missing data can end the spell",
      soc_unknown_on: "the state of charge is not known",
      nothing: "nothing",
      and: " and ",
      reserve: (missing: string): string => `the reserve rule was missing ${missing}`,
      sun_and_full: (sun: string, full: string): string => `the sun rule was missing ${sun}; the full rule ${full}`,
      cell_above: (volts: number): string => `; the lowest cell was ${V(volts)} above the emergency limit`,
      guards: (names: readonly string[]): string => `; in the way: ${names.join(", ")}`,
      minutes: (value: number): string => `${value} more min`,
      charge: (value: number, less: boolean): string => `${percent(value)} ${less ? "less" : "more"} charge`,
      power: (value: number | null): string =>
        value === null ? "known PV and load" : `${W(Math.ceil(value))} more PV`,
      fill_hours: (hours: number, limit: number): string =>
        `a pack nearer to full (${f.number(hours, 1)} h of this sun away, ${f.number(limit)} h allowed)`,
    },
    rules: {
      unknown: (key: string): string => `${inside(field(key))} not known`,
      not_believed: (text: string): string => ` (not believed: ${text})`,
      fresh: (kind: WhyDevice, age: number | null, limit: number): string =>
        age === null
          ? `${device(kind)} data is missing`
          : `${device(kind)} data is ${old(age)}, at most ${f.duration(limit)}`,
      samples: (count: number, window: number, least: number): string =>
        `${count} BMS samples in ${window} min, at least ${least}`,
      silent: (names: readonly string[]): string => `no data of ${names.join(", ")}`,
      cells: (count: number, of: number): string =>
        count === of ? `all ${of} cells known` : `${count} of ${of} cells known`,
      current: (amps: number): string => f.quantity(amps, "A", 1),
      charge: (soc: number, source: WhySource | null): string =>
        `charge ${percent(soc)}${source === null ? "" : ` by ${SOURCES[source]}`}`,
      sensors: {
        agree: "sensors agree",
        disagree: "sensors disagree",
        apart: (bms: number, inverter: number): string =>
          `sensors disagree: cells add up to ${V(bms)}, the inverter reads ${V(inverter, 1)}`,
      },
      faults: {
        none: "no fault reported",
        found: (texts: readonly string[]): string => `fault reported: ${texts.join(", ")}`,
        one: (kind: WhyDevice, label: string | null, bit: number): string =>
          `${device(kind)}: ${inside(fault(label, bit))}`,
        cut_off: "BMS: discharge switch is off",
        untold: (kind: WhyDevice): string =>
          kind === "bms" ? "the BMS's warnings are not known" : "the inverter's errors are not known",
      },
      bms_switches: (charging: boolean | null, discharging: boolean | null): string =>
        `BMS charge switch ${is_on(charging)}, discharge switch ${is_on(discharging)}`,
      position: (on: boolean): string => `grid switch ${is_on(on)}`,
      grid: (volts: number, least: number): string => `grid at ${V(volts, 0)}, at least ${V(least, 0)}`,
      physical: (agree: boolean): string =>
        agree ? "relay and work state agree with the grid switch" : "relay or work state contradict the grid switch",
      temperatures: "temperatures inside their limits",
      hot: (part: WhyPart, temperature: number): string => `${PARTS[part]} at ${f.quantity(temperature, "°C")}`,
      load: (watts_now: number, most: number): string => `highest load ${W(Math.round(watts_now))}, at most ${W(most)}`,
      not_locked: "not locked",
      /** `by`: a rule's id, an order, or a sentence of an earlier edition; null = not remembered. */
      locked: (minutes: number, by: string | null): string => `locked for ${minutes} min more: ${cause(by)}`,
      manual: (minutes: number): string =>
        minutes === 0
          ? "nobody else moved the switch"
          : `somebody else moved the switch: hands off for ${minutes} min more`,
      dwell: (minutes: number, least: number): string => `on the grid for ${minutes} of at least ${least} min`,
      budget: (count: number, below: number): string => `${count} switch-overs in 24 h, fewer than ${below} needed`,
      clock: (steady: boolean): string => (steady ? "clock steady" : "the clock jumped a moment ago"),
      owner_off: "the owner wants to leave the grid",
      full: (full: boolean | null, soc: number | null, so_far: number, asked: number): string =>
        `${full ? "the pack is as good as full" : "the pack is not full"} (charge ${percent(soc)}), ${held(so_far, asked)}`,
      sun: (v: WhySun): string =>
        `PV ${watts(v.pv)} of ${watts(v.needed)} needed, charge ${percent(v.soc)} of ${percent(v.start)} needed, ${held(v.held, v.hold)}`,
      fill_hours: (hours: number): string => `, the pack would take ${f.number(hours, 1)} h to fill`,
      dusk: (dark: boolean, armed: boolean, soc: number | null, needed: number): string =>
        `${dark ? "dark" : "not dark"}, ${armed ? "after daylight" : "no daylight since the last time"}, charge ${percent(soc)} of ${percent(needed)} needed`,
      original: (volts: number, pv: number, battery: number, counter: number): string =>
        `lowest cell ${V(volts, 3)}, PV ${W(pv)}, battery ${W(battery)}, counter ${counter}`,
      no_data: "no data",
      plan: (leave: boolean, kwh: number): string =>
        `by the plan ${leave ? "leaving the grid" : "the grid"} is ${f.quantity(kwh, "kWh", 2)} better`,
      blind: {
        ages: (bms: number | null, inverter: number | null, repeats: boolean): string =>
          `BMS data ${old(bms)}${repeats ? " (it repeats one answer)" : ""}, inverter data ${old(inverter)}`,
        by_inverter: (volts: number): string => `, pack at ${V(volts)} per cell by the inverter`,
        last_soc: (soc: number): string => `, charge was ${f.quantity(soc, "%")} when last known`,
        grace: "; waiting after a clock jump or start",
      },
      low_cell: {
        nonsense: (pack: string | null, number: number): string =>
          `${cell(pack, number)} reads nonsense while the BMS reports an empty battery`,
        terminal: (volts: number | null, panic: number, limit: number): string =>
          `the inverter reads ${V(volts)} a cell; limit ${V(panic)} once or ${V(limit)} on average`,
        none: "no cell voltages",
        level: (name: string, volts: number, panic: number, limit: number): string =>
          `${name} at ${V(volts, 3)}; limit ${V(panic)} once or ${V(limit)} twice`,
        lowest: (pack: string | null, number: number): string => `lowest ${cell(pack, number)}`,
        mean: "a cell on average",
      },
      reserve: {
        soc: (soc: number | null, reserve: number): string =>
          soc === null
            ? "state of charge not known"
            : `state of charge ${percent(soc)}, reserve ${f.quantity(reserve, "%")}`,
        by_terminal: " by the inverter's voltage",
        by_lower: ", by the inverter, the lower of two readings",
        held: (so_far: number, asked: number): string => `, ${held(so_far, asked)}`,
        spell: (so_far: number, least: number): string => `, off the grid for ${so_far} of ${least} min`,
      },
    },
  };
};
