import { harmless } from "../../base/printable.ts";
import { cellSpread } from "../../devices/bms/derived.ts";
import { warningFlags } from "../../devices/bms/sample.ts";
import { faultsOf } from "../../devices/inverter/derived.ts";
import { medianOf } from "../../page/battery.ts";
import { doubtText } from "../../page/doubts.ts";
import { mixedText } from "../../page/flow.ts";
import { modeName, rulesSilent } from "../../page/judgement.ts";
import { type BmsView, devicesOf, type EnergyTotals, type InverterView, type PageModel } from "../../page/model.ts";
import { ageOf } from "../../view/age.ts";
import { livePowers, STILL_W } from "../../view/live-powers.ts";
import type { Speech } from "../../words/index.ts";
import { type Paint, paint, sparkline, squeezed } from "./paint.ts";

const LABEL_WIDTH = 14;
const LINE_WIDTH = 64;

/** The station on one screen of a terminal, in the language of the configuration. */
export function statusText(model: PageModel, terminal: boolean): string {
  const p = paint(terminal);
  const blocks = [
    header(model, p, model.speech),
    alertLines(model, p, model.speech),
    doubtLines(model, p, model.speech),
    liveLines(model, p, model.speech),
  ];
  blocks.push(
    ...model.bms.map((bms) => packLines(model, bms, p, model.speech)),
    dayLines(model, p, model.speech),
    decisionLines(model, p, model.speech),
  );
  const text = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  // The page's narrow spaces are for browsers; a terminal shows them as it likes.
  return text.join("\n\n").replace(/[\u00a0\u202f]/g, " ");
}

function line(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}  ${text}`;
}

function header(model: PageModel, p: Paint, speech: Speech): string[] {
  const { page: w, format: f } = speech;
  const ages = devicesOf(model).map((device) => {
    if (device.last_at === null) return `${device.name} ${p.warn(w.never_seen)}`;
    const seconds = Math.max(0, model.now - device.last_at);
    const age = f.duration(seconds);
    if (ageOf(device.last_at, model.now, model.max_age_s).state !== "fresh")
      return `${device.name} ${p.bad(`${w.silent} ${age}`)}`;
    return `${device.name} ${p.good(`${age} ${w.ago}`)}`;
  });
  const title = `${p.bold(harmless(model.station))}  ${p.dim(f.clock(model.now, model.now, model.time_zone))}`;
  const { severity } = model.headline;
  const headline = speech.headline(model.headline, model.time_zone).replace(/\.$/, "");
  const colour = severity === "critical" ? p.bad : severity === "warning" ? p.warn : p.bold;
  return [title, colour(headline), ages.join("   ")];
}

function alertLines(model: PageModel, p: Paint, speech: Speech): string[] {
  const { page: w, format: f } = speech;
  const silent = rulesSilent(model);
  const head = silent === null ? [] : [`${p.bad(`● ${silent}.`)} ${w.rules_silent_hint}`];
  const lines = (model.alerts ?? []).map((alert) => {
    const colour = alert.severity === "critical" ? p.bad : alert.severity === "warning" ? p.warn : p.bold;
    const since = f.clock(alert.since, model.now, model.time_zone);
    return `${colour(`● ${harmless(alert.title)}`)} ${harmless(alert.text)} ${p.dim(`(${w.since} ${since})`)}`;
  });
  return [...head, ...lines];
}

/** What is not believed, and why: its places below stay empty. */
function doubtLines(model: PageModel, p: Paint, speech: Speech): string[] {
  const { page: w } = speech;
  return devicesOf(model).flatMap(({ name, doubts }) =>
    doubts.map((doubt) => line(w.not_believed, p.warn(harmless(`${name}: ${doubtText(doubt, model.speech)}`)))),
  );
}

function liveLines(model: PageModel, p: Paint, speech: Speech): string[] {
  const { page: w, format: f } = speech;
  const live = livePowers(model);
  const values = model.inverter?.values ?? null;
  const watts = (value: number | null, withSign = false) => {
    const text = value === null ? "–" : `${withSign ? f.signed(value, 0) : f.quantity(value, "W", 0)}`;
    return (withSign && value !== null ? `${text} ${f.unit("W")}` : text).padStart(10);
  };
  const parts = (...texts: readonly (string | null | undefined)[]) =>
    p.dim(texts.filter((text) => text && text !== "–").join("  "));
  const battery = live.battery === null ? null : direction(live.battery, speech);
  const lines = [
    line(w.inverter, p.bold(speech.state(values?.work_state ?? null))),
    line(
      w.sun,
      `${watts(live.sun)}  ${parts(f.quantity(values?.pv_voltage ?? null, "V", 0), values && speech.state(values.charge_stage))}`,
    ),
    line(w.house, `${watts(live.house)}  ${parts(f.quantity(values?.load_percent ?? null, "%", 0))}`),
    line(
      w.grid,
      `${watts(live.grid, true)}  ${parts(live.grid_estimated === null ? null : w[`estimated_${live.grid_estimated}`], f.quantity(values?.grid_voltage ?? null, "V", 0), f.quantity(values?.grid_frequency ?? null, "Hz", 2), model.mixed === null ? switchWord(values?.ongrid_switch ?? null, speech) : mixedText(model.mixed, w))}`,
    ),
    line(
      w.battery,
      `${watts(live.battery, true)}  ${p.bold(f.quantity(live.soc, "%", 0))}  ${parts(f.quantity(live.voltage, "V", 2), battery)}`,
    ),
  ];
  const machines = model.machines.length > 0 ? model.machines : model.inverter ? [model.inverter] : [];
  for (const machine of machines) {
    if (machine.values === null) continue;
    const { errors, warnings } = faultsOf(machine.values);
    const told = (fault: { label: string | null; bit: number }) =>
      `${model.machines.length > 0 ? `${machine.name}: ` : ""}${speech.fault(fault.label, fault.bit)}`;
    for (const fault of errors ?? []) lines.push(line(w.errors, p.bad(told(fault))));
    for (const fault of warnings ?? []) lines.push(line(w.warnings, p.warn(told(fault))));
  }
  return [...lines, ...model.machines.map((machine) => machineLine(machine, p, speech))];
}

/** One machine of several: its state, and its share of sun, house and grid. */
function machineLine({ name, values, derived }: InverterView, p: Paint, speech: Speech): string {
  if (values === null) return line(name, "–");
  const watts = (value: number | null | undefined) => speech.format.quantity(value ?? null, "W", 0).padStart(8);
  const { pv_power, load_power, work_state } = values;
  return line(
    name,
    `${watts(pv_power)} ${watts(load_power)} ${watts(derived?.grid_net_power)}  ${p.dim(speech.state(work_state))}`,
  );
}

function direction(power: number, { page: w }: Speech): string {
  if (Math.abs(power) < STILL_W) return w.resting;
  return power > 0 ? w.charging : w.discharging;
}

function switchWord(on: boolean | null, { page: w }: Speech): string | null {
  return on === null ? null : on ? w.grid_connected : w.grid_disconnected;
}

function packLines(model: PageModel, bms: BmsView, p: Paint, speech: Speech): string[] {
  const { page: w, format: f } = speech;
  const { sample } = bms;
  if (sample === null) return [];
  const lines: string[] = [];
  const spread = cellSpread(sample.cells);
  if (spread) {
    const median = medianOf(sample.cells);
    const deviations = sample.cells.map((mv) => (mv === null ? null : mv - median));
    const full = model.cell_full_colour_mv;
    const volts = (mv: number) => f.quantity(mv / 1000, "V", 3);
    const bar = sparkline(deviations, -full, full);
    const extremes = `${volts(spread.min)} (${spread.min_cell}) … ${volts(spread.max)} (${spread.max_cell}), ${w.spread} ${f.quantity(spread.spread, "mV", 0)}`;
    lines.push(line(model.bms.length > 1 ? `${bms.name}` : w.cells, `${p.bold(bar)}  ${extremes}`));
  }
  for (const flag of warningFlags(sample) ?? [])
    lines.push(line(w.warnings, p.bad(speech.fault(flag.label, flag.bit))));
  const word = (on: boolean | null) => (on === null ? "–" : on ? w.on : w.off);
  const pair = (name: string, wanted: boolean | null, raw: number | null) => {
    const actual = raw === null ? null : raw !== 0;
    const text = `${word(wanted)} ⇒ ${word(actual)}`;
    return `${name} ${wanted !== null && actual !== null && wanted !== actual ? p.bad(text) : text}`;
  };
  lines.push(
    line(
      "",
      `${pair(w.charge_switch, bms.wanted.charge, sample.charge_mosfet_on)}   ${pair(w.discharge_switch, bms.wanted.discharge, sample.discharge_mosfet_on)}`,
    ),
  );
  return lines;
}

function dayLines(model: PageModel, p: Paint, speech: Speech): string[] {
  const { page: w, format: f } = speech;
  const { day } = model;
  const spark = (values: readonly (number | null)[], low?: number, high?: number) =>
    sparkline(squeezed(values, LINE_WIDTH), low, high);
  const known = (values: readonly (number | null)[]) => values.some((value) => value !== null);
  const lines: string[] = [];
  if (known(day.pv_power)) lines.push(line(w.sun, spark(day.pv_power, 0)));
  if (known(day.load_power)) lines.push(line(w.house, spark(day.load_power, 0)));
  for (const { name, values } of day.soc) {
    if (known(values)) lines.push(line(day.soc.length > 1 ? `SoC ${name}` : "SoC", spark(values, 0, 100)));
  }
  if (lines.length > 0) lines.unshift(p.dim(w.last_24_hours));
  const sums = (totals: EnergyTotals | null) =>
    (["pv_energy", "load_energy", "grid_import_energy", "grid_export_energy"] as const)
      .filter((key) => key !== "grid_export_energy" || (totals?.[key] ?? 0) > 0)
      .map((key) => `${w[key]} ${f.quantity(totals?.[key] ?? null, "kWh", 1)}`)
      .join("   ");
  return [...lines, line(w.today, sums(model.energy.today)), line(w.month, sums(model.energy.month))];
}

function decisionLines(model: PageModel, p: Paint, speech: Speech): string[] {
  const { page: w, format: f } = speech;
  const decision = model.grid_switch;
  if (!decision) return [];
  const time = f.clock(decision.at, model.now, model.time_zone);
  const isPast = rulesSilent(model) !== null;
  const when = isPast ? `${p.bad(w.last_decided)} ${p.dim(time)}` : p.dim(time);
  return [
    line(w.decision, `${p.bold(modeName(decision.mode, speech))} ${when}`),
    `  ${(isPast ? p.dim : String)(harmless(decision.why))}`,
  ];
}
