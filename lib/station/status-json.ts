import type { Context } from "../cli/spec.ts";
import { cellSpread, cellsJson, cellVolts } from "../devices/bms/derived.ts";
import { warningFlags } from "../devices/bms/sample.ts";
import { faultsOf } from "../devices/inverter/derived.ts";
import { bmsRow, exportedFields, inverterRow, rowValue } from "../export/rows.ts";
import type { PageModel } from "../page/model.ts";
import type { Store } from "../store/database.ts";
import { type LiveBms, type LiveInverter, type LiveStation, wholeLiveBattery } from "../view/live.ts";
import type { BmsInput } from "../view/record.ts";
import { cellOf } from "../view/whole.ts";
import { liveStation } from "./live-devices.ts";
import { pageModel } from "./page-model.ts";

/** Everything that is known now; stale devices have no values, only their age. */
export function statusJson(
  context: Context,
  store: Store,
  model: PageModel = pageModel(context, store),
): Record<string, unknown> {
  const now = context.clock.now();
  const live = liveStation(context, store);
  const devices = live.bms.map((bms) => [bms.name, bmsJson(bms, now)] as const);
  return {
    at: now,
    headline: { ...model.headline, text: model.speech.headline(model.headline, model.time_zone) },
    ...Object.fromEntries(live.machines.map((one) => [one.name, inverterJson(one, now)])),
    ...Object.fromEntries(devices),
    ...togetherJson(live, model),
    energy: { today: model.energy.today, month: model.energy.month },
    judgement: model.judgement,
    grid_switch: model.grid_switch,
    alerts: model.alerts,
    orders: model.orders,
  };
}

/** What several inverters and several packs are together; nothing where there is one of each. */
function togetherJson({ machines, inverter, bms }: LiveStation, { mixed, now }: PageModel): Record<string, unknown> {
  const whole = machines.length > 1 ? inverter : null;
  const battery = bms.length > 1 ? wholeLiveBattery(bms, now) : null;
  if (whole === null && battery === null) return {};
  return {
    together: {
      ...(whole ? { inverter: { ...inverterJson(whole, now), mixed } } : {}),
      ...(battery ? { battery: batteryJson(battery) } : {}),
    },
  };
}

function batteryJson(battery: BmsInput): Record<string, unknown> {
  const cells = cellSpread(battery.cells);
  const { soc, capacity, battery_current, pack_voltage, missing = [] } = battery;
  return {
    ...{ soc: soc === null ? null : Number(soc.toFixed(1)), capacity, battery_current, pack_voltage },
    lowest_cell: cells && { ...cellOf(battery, cells.min_cell), voltage: cells.min },
    highest_cell: cells && { ...cellOf(battery, cells.max_cell), voltage: cells.max },
    cell_spread: cells && Number(cells.spread.toFixed(3)),
    silent: missing,
  };
}

function inverterJson(live: LiveInverter, now: number): Record<string, unknown> {
  const age = ageOf(live, now);
  if (live.sample === null || live.values === null || live.at === null) return age;
  const row = inverterRow(live.at, live.name, live.sample, live.derived);
  const fields = exportedFields("inverter").map(([key]) => [key, rowValue(row, key)] as const);
  const { errors, warnings } = faultsOf(live.values);
  return {
    ...age,
    ...Object.fromEntries(fields),
    grid_estimate: live.derived?.grid_estimate ?? null,
    doubts: live.doubts,
    errors,
    warnings,
  };
}

function bmsJson(live: LiveBms, now: number): Record<string, unknown> {
  const age = ageOf(live, now);
  if (live.sample === null || live.at === null) return age;
  const row = bmsRow(live.at, live.name, live.sample);
  const fields = exportedFields("bms").map(([key]) => [key, rowValue(row, key)] as const);
  return {
    ...age,
    ...Object.fromEntries(fields),
    cells: cellVolts(live.sample.cells),
    ...cellsJson(live.sample.cells),
    warning_flags: warningFlags(live.sample),
    doubts: live.doubts,
  };
}

function ageOf(live: { readonly last_at: number | null; readonly at: number | null }, now: number) {
  return { fresh: live.at !== null, age_s: live.last_at === null ? null : now - live.last_at };
}
