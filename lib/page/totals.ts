import { ownShare } from "../view/shares.ts";
import type { Format } from "../words/format.ts";
import type { Speech } from "../words/index.ts";
import { type Html, html } from "./html.ts";
import type { EnergyKey, EnergyTotals } from "./model.ts";

const ROWS: readonly { readonly key: EnergyKey; readonly colour: string; readonly always?: true }[] = [
  { key: "pv_energy", colour: "--sun", always: true },
  { key: "load_energy", colour: "--house", always: true },
  { key: "grid_import_energy", colour: "--grid", always: true },
  { key: "grid_export_energy", colour: "--grid" },
  { key: "grid_charge_energy", colour: "--battery" },
  { key: "charge_energy", colour: "--battery" },
  { key: "discharge_energy", colour: "--battery" },
  { key: "saved", colour: "--own" },
];

/** A column of the table: a stretch of time with its energies. */
export interface EnergyColumn {
  readonly title: string;
  readonly totals: EnergyTotals | null;
}

/** Energies of some stretches of time side by side; what is nowhere above zero is left out. */
export function totalsTable(columns: readonly EnergyColumn[], { page: w, format: f }: Speech): Html {
  const rows = ROWS.filter(({ key, always }) => always || columns.some(({ totals }) => (totals?.[key] ?? 0) !== 0));
  const figures = (make: (totals: EnergyTotals | null) => string) =>
    columns.map(({ totals }) => html`<td>${make(totals)}</td>`);
  return html`<table class="totals"><thead><tr><th scope="col">${f.unit("kWh")}</th>${columns.map(({ title }) => html`<th scope="col">${title}</th>`)}</tr></thead><tbody>${rows.map(
    ({ key, colour }) =>
      html`<tr><th scope="row"><i class="dot" style="--c:var(${colour})"></i>${w[key]}</th>${figures((totals) => shortEnergy(totals?.[key] ?? null, f))}</tr>`,
  )}<tr><th scope="row">${w.self_supplied}</th>${figures((totals) => f.quantity(totals && ownShare(totals.load_energy, totals.grid_import_energy), "%"))}</tr></tbody></table>`;
}

function shortEnergy(kwh: number | null, f: Format): string {
  return f.number(kwh, kwh !== null && Math.abs(kwh) >= 1000 ? 0 : 1);
}
