import { percent } from "./axis.ts";
import { type Html, html } from "./html.ts";

/** Fields in rows and columns, each of a kind: one path a kind, however many fields there are. */
export interface Mosaic {
  readonly title: string;
  /** One letter a field, "-" stays empty; `label` stands before the row, `end` behind it. */
  readonly rows: readonly {
    readonly name: string;
    readonly fields: string;
    readonly label?: string;
    readonly end?: string;
  }[];
  readonly columns: readonly { readonly name: string; readonly label?: string }[];
  readonly kinds: Readonly<Record<string, { readonly name: string; readonly colour: string }>>;
  /** Said of an empty field. */
  readonly nothing: string;
  readonly row_rem: number;
  /** How to read it out with the keys, and what is told of it as a whole. */
  readonly keys: string;
  readonly spoken: string;
}

/** The drawing, its names, and what a finger reads out. */
export function mosaic({ title, rows, columns, kinds, nothing, row_rem, keys, spoken }: Mosaic): Html {
  const names = Object.fromEntries(Object.entries(kinds).map(([letter, { name }]) => [letter, name]));
  const drawn = Object.entries(kinds).map(
    ([letter, { colour }]) =>
      html`<path fill="var(${colour})" d="${rows.map(({ fields }, row) => runs(fields, letter, row)).join("")}"/>`,
  );
  const down = (row: number) => percent((row + 0.5) / rows.length);
  const ends = rows.some(({ end }) => end !== undefined);
  return html`<div class="plot mosaic${ends ? " ends" : ""}" style="height:${rows.length * row_rem}rem" tabindex="0" role="group" aria-label="${title}, ${keys}" data-cells="${rows.map(({ fields }) => fields).join(" ")}" data-rows="${JSON.stringify(rows.map(({ name }) => name))}" data-columns="${JSON.stringify(columns.map(({ name }) => name))}" data-names="${JSON.stringify({ ...names, "-": nothing })}"><svg viewBox="0 0 ${columns.length} ${rows.length}" preserveAspectRatio="none" aria-hidden="true">${drawn}</svg><p class="vh">${spoken}</p>${rows.map(
    ({ label, end }, row) =>
      html`${label !== undefined && html`<span class="y" style="top:${down(row)}">${label}</span>`}${end !== undefined && html`<span class="z" style="top:${down(row)}">${end}</span>`}`,
  )}${columns.map(
    ({ label }, column) =>
      label !== undefined && html`<span class="x" style="left:${percent(column / columns.length)}">${label}</span>`,
  )}</div>`;
}

/** Stretches of one kind in a row; a little air parts the rows. */
function runs(fields: string, letter: string, row: number): string {
  let path = "";
  for (let from = 0; from < fields.length; from++) {
    if (fields[from] !== letter) continue;
    let to = from + 1;
    while (fields[to] === letter) to += 1;
    path += `M${from} ${row}h${to - from}v.86h-${to - from}z`;
    from = to;
  }
  return path;
}
