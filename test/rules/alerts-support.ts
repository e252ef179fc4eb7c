/** Plain samples and a run loop for the alert tests: a healthy plant unless a test says otherwise. */

import { alertText } from "../../lib/publish/alert-text.ts";
import { type AlertSettings, defaultAlertSettings } from "../../lib/rules/alerts/alert-settings.ts";
import { evaluateAlerts } from "../../lib/rules/alerts/evaluate.ts";
import type { AlertEvent, AlertFacts, AlertState } from "../../lib/rules/alerts/types.ts";
import { quietFacts } from "../../lib/rules/shadow.ts";
import type { BmsInput, InverterInput } from "../../lib/view/record.ts";
import { speech } from "../../lib/words/index.ts";

/** 2026-06-15 12:00:00 UTC: daylight in Europe. */
export const NOON = 1_781_524_800;

export function bmsSample(at: number, over: Partial<BmsInput> = {}): BmsInput {
  return {
    at,
    device: "main",
    cells: Array.from({ length: 16 }, () => 3.3),
    pack_voltage: 52.8,
    battery_current: 0,
    soc: 60,
    capacity: 100,
    mosfet_temperature: 30,
    battery_temperature_1: 22,
    battery_temperature_2: 23,
    warnings: [],
    charge_mosfet_on: true,
    discharge_mosfet_on: true,
    good_answers: 5,
    bad_answers: 0,
    ...over,
  };
}

/** Sixteen cells at `voltage`, those named (counted from 1) elsewhere. */
export function cells(voltage: number, others: Record<number, number | null> = {}): (number | null)[] {
  return Array.from({ length: 16 }, (_, index) => (index + 1 in others ? (others[index + 1] ?? null) : voltage));
}

export function inverterSample(at: number, over: Partial<InverterInput> = {}): InverterInput {
  return {
    at,
    ongrid_switch: true,
    work_state: "grid_charging",
    charge_stage: "absorb",
    grid_relay_closed: true,
    pv_power: 300,
    load_power: 600,
    grid_power: 600,
    grid_power_estimated: null,
    battery_voltage: 52.8,
    battery_current: 0,
    grid_voltage: 230,
    grid_frequency: 50,
    inverter_temperature: 40,
    errors: [],
    warnings: [],
    pv_energy: 100,
    grid_import_energy: 200,
    grid_export_energy: 5,
    load_energy: 300,
    grid_charge_energy: 10,
    discharge_energy: 80,
    ...over,
  };
}

export const QUIET_FACTS: AlertFacts = { ...quietFacts([]), state_writable: true };

export const SETTINGS: AlertSettings = defaultAlertSettings("Europe/Berlin");

export interface Moment {
  readonly now: number;
  readonly bms?: readonly BmsInput[];
  readonly inverter?: readonly InverterInput[];
  readonly facts?: Partial<AlertFacts>;
}

/** An event with what a station of one pack says of it in English. */
export type ToldEvent = AlertEvent & { readonly text: string };
const ONE_PACK = { speech: speech("en"), packs: 1 };

/** Runs the rule once a moment, with the samples of the last 30 minutes as a store would hand them over; state goes through JSON. */
export function runAlerts(
  moments: readonly Moment[],
  settings: AlertSettings = SETTINGS,
  start: unknown = null,
): { events: ToldEvent[]; state: AlertState } {
  const events: ToldEvent[] = [];
  const bms: BmsInput[] = [];
  const inverter: InverterInput[] = [];
  let state: unknown = start;
  for (const moment of moments) {
    bms.push(...(moment.bms ?? []));
    inverter.push(...(moment.inverter ?? []));
    const recent = <T extends { at: number }>(samples: T[]): T[] => samples.filter(({ at }) => moment.now - at <= 1800);
    const names = [...new Set(bms.map(({ device }) => device))];
    const newest = (samples: readonly { at: number }[]): number | null =>
      samples.length === 0 ? null : Math.max(...samples.map(({ at }) => at));
    const devices = [
      ...names.map((device) => ({
        kind: "bms" as const,
        device,
        last_sample_at: newest(bms.filter((sample) => sample.device === device)),
        silent_since: null,
        failure: null,
      })),
      ...(inverter.length === 0
        ? []
        : [
            {
              kind: "inverter" as const,
              device: "inverter",
              last_sample_at: newest(inverter),
              silent_since: null,
              failure: null,
            },
          ]),
    ];
    const result = evaluateAlerts({
      now: moment.now,
      bms: recent(bms),
      inverter: recent(inverter),
      facts: { ...QUIET_FACTS, devices, ...moment.facts },
      state,
      settings,
    });
    events.push(...result.events.map((event) => ({ ...event, text: alertText(event, ONE_PACK) })));
    state = JSON.parse(JSON.stringify(result.state));
  }
  return { events, state: state as AlertState };
}

/** One moment a minute with one BMS sample each, made by `over(minute)`. */
export function bmsMinutes(minutes: number, over: (minute: number) => Partial<BmsInput>, start = NOON): Moment[] {
  return Array.from({ length: minutes }, (_, minute) => {
    const now = start + minute * 60;
    return { now, bms: [bmsSample(now - 5, over(minute))] };
  });
}

/** One moment a minute with one inverter sample each. */
export function inverterMinutes(
  minutes: number,
  over: (minute: number) => Partial<InverterInput>,
  start = NOON,
): Moment[] {
  return Array.from({ length: minutes }, (_, minute) => {
    const now = start + minute * 60;
    return { now, inverter: [inverterSample(now - 5, over(minute))] };
  });
}

/** "raised cell_low:main" and so on. */
export function outline(events: readonly AlertEvent[]): string[] {
  return events.map(({ kind, key }) => `${kind} ${key}`);
}
