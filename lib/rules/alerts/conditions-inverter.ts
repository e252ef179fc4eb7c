/** What each inverter and grid alert says about one inverter sample. Null = cannot be judged from this sample. */
import { localTime } from "../../base/local-time.ts";
import { chargeOf } from "../../view/whole.ts";
import { batteryNeed, runTime } from "../endurance.ts";
import type { AlertSettings } from "./alert-settings.ts";
import { type Conditions, single } from "./conditions-bms.ts";
import { rounded } from "./rounded.ts";
import { average, type BmsView, type InverterView } from "./samples.ts";
import type { AlertFacts, AlertState, Finding, Values } from "./types.ts";

export interface InverterContext {
  readonly sample: InverterView;
  /** The sample and those of the 15 minutes before it. */
  readonly window: readonly InverterView[];
  /** Each BMS's newest sample not newer than this one and not older than 3 minutes. */
  readonly bms: readonly BmsView[];
  readonly facts: AlertFacts;
  readonly settings: AlertSettings;
  /** Long memory; changed by nobody here. */
  readonly memory: Readonly<AlertState>;
}

/** SoC marks at which a running outage is told again, %. */
const OUTAGE_MARKS = [50, 30, 20] as const;
/** POLICY's sHigh: the pack takes little more, %. */
const NEARLY_FULL_SOC = 90;
/** The charger's own "PV voltage too low" (15213 bit 5): every night has it. */
const PV_LOW_BIT = 5;

export const INVERTER_CONDITIONS: Conditions<"inverter", InverterContext> = {
  grid_lost({ sample, window, bms, settings }, limits) {
    const present = gridPresent(sample, limits);
    // Detached, some firmware reads 0 V behind the open relay: only a grid that is seen says anything then.
    if (present === null || (!present && sample.ongrid_switch === false)) return null;
    const soc = chargeOf(bms);
    const load = average(window.map(({ load_power }) => load_power).filter((watts) => watts !== null));
    const seconds = runTime(soc.soc, soc.capacity, load, settings.empty_soc);
    const values: Values = {
      grid_voltage: sample.grid_voltage,
      grid_frequency: sample.grid_frequency,
      soc: rounded(soc.soc, 0),
      run_time_s: rounded(seconds, 0),
      load_power: rounded(load, 0),
    };
    const { soc: percent } = soc;
    const stage = percent === null ? 0 : OUTAGE_MARKS.filter((mark) => percent <= mark).length;
    return [{ subject: "", level: present ? "good" : "bad", stage, values }];
  },

  inverter_error({ sample, settings }) {
    if (sample.errors === null) return null;
    const daylight = isDaylight(sample.at, settings);
    return sample.errors.flatMap(({ word, bit, label, severity }): Finding[] => {
      const pv_low = word.startsWith("charger") && bit === PV_LOW_BIT;
      if (pv_low && !daylight) return [];
      const values = { word, bit, label };
      return [{ subject: `${word}.${bit}`, level: "bad", severity, values }];
    });
  },

  inverter_warning({ sample }) {
    if (sample.warnings === null) return null;
    return sample.warnings.map(({ word, bit, label, severity }) => ({
      subject: `${word}.${bit}`,
      level: "bad",
      severity,
      values: { word, bit, label },
    }));
  },

  inverter_implausible({ sample }) {
    return single(sample.excluded.length > 0 ? "bad" : "good", { excluded: sample.excluded });
  },

  sensors_disagree({ sample, bms, facts }, limits) {
    // With several packs, a silent one would look like a missing current.
    const expected = facts.devices.filter(({ kind }) => kind === "bms").length;
    if (bms.length === 0 || bms.length < expected) return null;
    const bms_voltage = average(
      bms.map((pack) => pack.cell_sum ?? pack.pack_voltage).filter((volts) => volts !== null),
    );
    const currents = bms.map(({ battery_current }) => battery_current).filter((amperes) => amperes !== null);
    const bms_current = currents.length < bms.length ? null : currents.reduce((sum, amperes) => sum + amperes, 0);
    const volts_apart = difference(bms_voltage, sample.battery_voltage);
    const amperes_apart = difference(bms_current, sample.battery_current);
    if (volts_apart === null && amperes_apart === null) return null;
    const bad = (volts_apart ?? 0) > limits.voltage_above || (amperes_apart ?? 0) > limits.current_above;
    return single(bad ? "bad" : "good", {
      bms_voltage: rounded(bms_voltage, 1),
      inverter_voltage: sample.battery_voltage,
      bms_current: rounded(bms_current, 1),
      inverter_current: sample.battery_current,
    });
  },

  pv_wasted({ sample, bms, facts, settings }, limits) {
    const { ongrid_switch, charge_stage, pv_power } = sample;
    const usual = facts.pv_quarter_hour_max;
    const values = {
      stage: charge_stage,
      pv_power,
      ...guardValues(facts),
    };
    if (ongrid_switch === null) return null;
    // Too dark to say anything when even the best day has little.
    const daylight = usual === null ? isDaylight(sample.at, settings) : usual >= 100;
    if (!ongrid_switch || !daylight) return single("good", values);
    const weak = usual !== null && pv_power !== null && pv_power < usual * limits.share_below;
    const floating = charge_stage === "float";
    // An overcast day is not waste: where the charger does not say float, the battery must be nearly full.
    const nearly_full = (chargeOf(bms).soc ?? 0) >= NEARLY_FULL_SOC;
    return single(floating || (weak && nearly_full) ? "bad" : "good", values);
  },

  no_solar({ sample, facts, memory }, limits) {
    if (facts.grid_switch === null || !facts.grid_switch.automatic || memory.last_solar_at === null) return null;
    const since = memory.last_solar_at;
    const missed = memory.last_pv_over_need_at !== null && memory.last_pv_over_need_at > since;
    const overdue = sample.at - since >= limits.hours * 3600;
    const values = { hours: Math.floor((sample.at - since) / 3600), ...guardValues(facts) };
    return single(overdue && missed ? "bad" : sample.ongrid_switch === false ? "good" : "between", values);
  },

  feed_in({ sample, window, bms }, limits) {
    if (sample.ongrid_switch === null) return null;
    const blocked = bms.some(({ charge_mosfet_on }) => charge_mosfet_on === false);
    const export_power = Math.max(0, -(sample.grid_power_estimated ?? 0), -(sample.grid_power ?? 0));
    const earlier = window[0]?.grid_export_energy ?? null;
    const rising = earlier !== null && sample.grid_export_energy !== null && sample.grid_export_energy > earlier;
    const values = { export_power: rounded(export_power, 0), sold: sample.grid_export_energy };
    if (!sample.ongrid_switch) return single("good", values);
    if (bms.length === 0) return null;
    return single(blocked && (export_power >= limits.export_above || rising) ? "bad" : "good", values);
  },
};

/** What keeps the house on the grid, for the sentences of the alerts. */
function guardValues({ grid_switch }: AlertFacts): Values {
  const blocking = grid_switch?.blocking ?? null;
  const guard = grid_switch === null || !grid_switch.automatic ? "manual_off" : (blocking?.code ?? null);
  return { guard, guard_value: blocking?.value ?? null, guard_limit: blocking?.limit ?? null };
}

/** True or false as voltage and frequency say it; null when neither is known. */
function gridPresent(
  { grid_voltage, grid_frequency }: InverterView,
  limits: { voltage_below: number; frequency_below: number; frequency_above: number },
): boolean | null {
  if (grid_voltage === null && grid_frequency === null) return null;
  const voltage_good = grid_voltage === null || grid_voltage >= limits.voltage_below;
  const frequency_good =
    grid_frequency === null || (grid_frequency >= limits.frequency_below && grid_frequency <= limits.frequency_above);
  return voltage_good && frequency_good;
}

function difference(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : Math.abs(one - other);
}

function isDaylight(at: number, settings: AlertSettings): boolean {
  const { hour } = localTime(at, settings.time_zone);
  return hour >= settings.daylight_from_hour && hour < settings.daylight_to_hour;
}

/** Mean PV power of the window exceeds what the house draws: an off-grid spell would have paid. */
export function pvOverNeed(window: readonly InverterView[]): boolean {
  const pv = average(window.map(({ pv_power }) => pv_power).filter((watts) => watts !== null));
  const load = average(window.map(({ load_power }) => load_power).filter((watts) => watts !== null));
  return pv !== null && load !== null && pv > batteryNeed(load);
}
