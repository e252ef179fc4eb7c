import type { Speech } from "../words/index.ts";
import { legend } from "./chart.ts";
import { type Html, html } from "./html.ts";
import type { FedDay } from "./model.ts";
import { mosaic } from "./mosaic.ts";

const HOURS = 24;
/** One letter each, as the drawing packs them. */
const LETTERS = { sun: "s", battery: "b", grid: "g" } as const;

/** Who fed the house: a row a day, a column an hour. Null where no hour is known. */
export function fedCard(days: readonly FedDay[], title: string, { page: w, format: f }: Speech): Html | null {
  const all = days.flatMap(({ hours }) => hours).filter((hour) => hour !== null);
  if (all.length === 0) return null;
  const kinds = {
    s: { name: w.sun, colour: "--sun" },
    b: { name: w.battery, colour: "--battery" },
    g: { name: w.grid, colour: "--grid" },
  };
  const share = (feeder: keyof typeof LETTERS) =>
    `${kinds[LETTERS[feeder]].name} ${f.quantity((100 * all.filter((one) => one === feeder).length) / all.length, "%")}`;
  const picture = mosaic({
    title,
    rows: days.map(({ day, hours }, row) => ({
      name: f.day(day),
      fields: hours.map((feeder) => (feeder === null ? "-" : LETTERS[feeder])).join(""),
      ...((days.length - 1 - row) % 7 === 0 ? { label: f.day(day) } : {}),
    })),
    columns: Array.from({ length: HOURS }, (_, hour) => ({
      name: `${hour}\u2013${hour + 1}\u00a0${f.unit("h")}`,
      ...(hour % 6 === 0 && hour > 0 ? { label: `${hour}:00` } : {}),
    })),
    kinds,
    nothing: w.no_day_data,
    row_rem: 0.55,
    keys: w.chart_keys,
    spoken: (["sun", "battery", "grid"] as const).map(share).join(", "),
  });
  const named = Object.values(kinds).map(({ name, colour }) => ({ name, colour, dot: true as const }));
  return html`<div class="head"><h2>${title}</h2><span class="small soft">${w.fed_signs}</span></div>${picture}${legend(named)}`;
}
