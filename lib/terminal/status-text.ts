import { harmless } from "../base/printable.ts";
import { screenSize, wrapped } from "../cli/terminal.ts";
import { cellSpread } from "../devices/bms/derived.ts";
import { warningFlags } from "../devices/bms/sample.ts";
import { faultsOf } from "../devices/inverter/derived.ts";
import { medianOf } from "../page/cell-colour.ts";
import { doubtText } from "../page/doubts.ts";
import { mixedText } from "../page/flow.ts";
import { modeName, rulesSilent } from "../page/judgement.ts";
import { type BmsView, devicesOf, type EnergyTotals, type InverterView, type PageModel } from "../page/model.ts";
import { ageOf } from "../view/age.ts";
import { batteryDoing, livePowers } from "../view/live-powers.ts";
import type { Speech } from "../words/index.ts";
import { type Paint, paint, sparkline } from "./paint.ts";
import { stripChart } from "./terminal-chart.ts";

const LABEL_WIDTH = 14;
const MARGIN = LABEL_WIDTH + 2;
/** Of a screen of a person some lines belong to the shell. */
const SHELL_ROWS = 1;

/** The station on one screen of a terminal, in the language of the configuration. What matters stays on it, however low it is. */
export function statusText(model: PageModel, terminal: boolean, { columns, text, rows } = screenSize()): string {
  const p = paint(terminal);
  const room = rows === null ? Number.POSITIVE_INFINITY : rows - SHELL_ROWS;
  const layouts = [
    { alerts: "texts", charts: true, air: true },
    { alerts: "texts", charts: false, air: true },
    { alerts: "texts", charts: false, air: false },
    { alerts: "titles", charts: false, air: false },
    { alerts: "count", charts: false, air: false },
  ] as const;
  const made = layouts.map(({ alerts, charts, air }) => () => {
    const blocks = [
      header(model, p),
      alertLines(model, p, alerts),
      doubtLines(model, p),
      liveLines(model, p),
      ...model.bms.map((bms) => packLines(model, bms, p)),
      dayLines(model, p, charts ? columns : null),
      decisionLines(model, p),
    ].filter((lines) => lines.length > 0);
    const shown = blocks.map((lines) => lines.flatMap((one) => wrapped(one, text, one.startsWith(" ") ? 2 : MARGIN)));
    return (air ? shown.map((lines) => [...lines, ""]) : shown).flat();
  });
  let lines: string[] = [];
  for (const make of made) {
    lines = make();
    if (lines.length <= room) break;
  }
  // The page's narrow spaces are for browsers; a terminal shows them as it likes.
  return lines
    .join("\n")
    .trimEnd()
    .replace(/[\u00a0\u202f]/g, " ");
}

function line(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}  ${text}`;
}

function header(model: PageModel, p: Paint): string[] {
  const { speech } = model;
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

/** Open alerts, worst first: with their texts, their titles alone, or the worst and how many there are beside it. */
function alertLines(model: PageModel, p: Paint, how: "texts" | "titles" | "count"): string[] {
  const { page: w, format: f } = model.speech;
  const silent = rulesSilent(model);
  const head = silent === null ? [] : [`${p.bad(`● ${silent}.`)} ${w.rules_silent_hint}`];
  const alerts = model.alerts ?? [];
  // The line that would count one more has room for its title.
  const shown = how === "count" && alerts.length > 2 ? alerts.slice(0, 1) : alerts;
  const lines = shown.map((alert) => {
    const colour = alert.severity === "critical" ? p.bad : alert.severity === "warning" ? p.warn : p.bold;
    const since = f.clock(alert.since, model.now, model.time_zone);
    const text = how === "texts" ? ` ${harmless(alert.text)}` : "";
    return `${colour(`● ${harmless(alert.title)}`)}${text} ${p.dim(`(${w.since} ${since})`)}`;
  });
  const rest = alerts.length - shown.length;
  return [...head, ...lines, ...(rest > 0 ? [p.warn(`● +${rest}: ${w.alerts.toLowerCase()}`)] : [])];
}

/** What is not believed, and why: its places below stay empty. */
function doubtLines(model: PageModel, p: Paint): string[] {
  const { speech } = model;
  const { page: w } = speech;
  return devicesOf(model).flatMap(({ name, doubts }) =>
    doubts.map((doubt) => line(w.not_believed, p.warn(harmless(`${name}: ${doubtText(doubt, model.speech)}`)))),
  );
}

function liveLines(model: PageModel, p: Paint): string[] {
  const { speech } = model;
  const { page: w, format: f } = speech;
  const live = livePowers(model);
  const values = model.inverter?.values ?? null;
  const watts = (value: number | null, withSign = false) => {
    const text = value === null ? "–" : `${withSign ? f.signed(value, 0) : f.quantity(value, "W", 0)}`;
    return (withSign && value !== null ? `${text} ${f.unit("W")}` : text).padStart(10);
  };
  const parts = (...texts: readonly (string | null | undefined)[]) =>
    p.dim(texts.filter((text) => text && text !== "–").join("  "));
  const battery = live.battery === null ? null : w[batteryDoing(live.battery)];
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

function switchWord(on: boolean | null, { page: w }: Speech): string | null {
  return on === null ? null : on ? w.grid_connected : w.grid_disconnected;
}

function packLines(model: PageModel, bms: BmsView, p: Paint): string[] {
  const { speech } = model;
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

/** Energies, and below them the last day where there is room for `columns` of it. */
function dayLines(model: PageModel, p: Paint, columns: number | null): string[] {
  const { page: w, format: f } = model.speech;
  const { day, time_zone } = model;
  const battery = day.soc.map(({ name, values }) => ({
    ...{ label: day.soc.length > 1 ? `SoC ${name}` : "SoC", values, full: 100 },
  }));
  const strips = [
    { label: w.sun, values: day.pv_power },
    { label: w.house, values: day.load_power },
    { label: w.battery, values: day.battery_power },
    ...battery,
  ];
  const to = day.from + day.step_s * day.load_power.length;
  const drawn =
    columns === null ? [] : stripChart(strips, { from: day.from, to, time_zone, width: columns, margin: MARGIN });
  const lines = drawn.length > 0 ? [p.dim(w.last_24_hours), ...drawn] : [];
  const sums = (totals: EnergyTotals | null) =>
    (["pv_energy", "load_energy", "grid_import_energy", "grid_export_energy"] as const)
      .filter((key) => key !== "grid_export_energy" || (totals?.[key] ?? 0) > 0)
      .map((key) => `${w[key]} ${f.quantity(totals?.[key] ?? null, "kWh", 1)}`)
      .join("   ");
  return [...lines, line(w.today, sums(model.energy.today)), line(w.month, sums(model.energy.month))];
}

function decisionLines(model: PageModel, p: Paint): string[] {
  const { speech } = model;
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
