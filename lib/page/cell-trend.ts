import type { Speech } from "../words/index.ts";
import { colourStep } from "./cell-colour.ts";
import { type Html, html } from "./html.ts";
import type { CellWeek, PageModel } from "./model.ts";
import { mosaic } from "./mosaic.ts";

/** -3..3 as letters of the drawing, and their colours. */
const LETTERS = "abcdefg";
const COLOURS = ["--low-3", "--low-2", "--low-1", "--mid", "--high-1", "--high-2", "--high-3"];
/** Weeks without which there is no trend. */
const FEWEST_WEEKS = 2;

/** How far each cell lay from the pack's median, week by week, folded away. Null before there are two weeks. */
export function cellTrend(weeks: readonly CellWeek[], name: string, model: PageModel): Html | null {
  const { page: w, format: f } = model.speech;
  const full = model.cell_full_colour_mv;
  const cells = Math.max(0, ...weeks.map(({ deviations }) => deviations.length));
  const rows = Array.from({ length: cells }, (_, cell) => {
    const values = weeks.map(({ deviations }) => deviations[cell] ?? null);
    const seen = values.filter((mv) => mv !== null);
    const fields = values.map((mv) => (mv === null ? "-" : LETTERS[colourStep(mv, full) + 3])).join("");
    return { cell: cell + 1, fields, last: seen.at(-1) ?? null, moved: (seen.at(-1) ?? 0) - (seen[0] ?? 0) };
  });
  if (weeks.filter(({ deviations }) => deviations.length > 0).length < FEWEST_WEEKS) return null;
  const most = rows.reduce((a, b) => (Math.abs(b.moved) > Math.abs(a.moved) ? b : a));
  const told = `${w.moved_most}: ${most.cell} (${f.signed(Math.round(most.moved))}\u00a0${f.unit("mV")})`;
  const picture = mosaic({
    title: w.cell_trend,
    rows: rows.map(({ cell, fields, last }) => ({
      ...{ name: `${w.cell} ${cell}`, fields, label: String(cell) },
      end: last === null ? "" : f.signed(Math.round(last)),
    })),
    columns: weeks.map(({ first_day }, index) => ({
      name: `${w.week_from} ${f.day(first_day)}`,
      ...(index % 4 === 1 ? { label: f.day(first_day) } : {}),
    })),
    kinds: Object.fromEntries(
      [...LETTERS].map((letter, index) => [
        letter,
        { name: bandName(index - 3, full, model.speech), colour: COLOURS[index] as string },
      ]),
    ),
    nothing: w.no_day_data,
    row_rem: 1,
    keys: w.chart_keys,
    spoken: told,
  });
  return html`<details data-key="trend-${name}"><summary><b>${w.cell_trend}</b> <span class="small soft">${told}</span></summary>${picture}<p class="small soft">${w.trend_signs}</p></details>`;
}

/** "+5 … +15 mV": what a colour stands for. */
function bandName(step: number, full: number, { format: f }: Speech): string {
  const edge = (thirds: number) => f.signed(Math.round((thirds * full) / 3));
  const half = Math.sign(step) / 2;
  if (step === 0) return `±${f.quantity(Math.round(full / 6), "mV")}`;
  if (Math.abs(step) === 3) return `${step < 0 ? "<" : ">"}\u00a0${edge(step - half)}\u00a0${f.unit("mV")}`;
  return `${edge(step - half)} … ${edge(step + half)}\u00a0${f.unit("mV")}`;
}
