import { localStamp } from "../base/local-time.ts";
import type { Context } from "../cli/spec.ts";
import type { MadeAgain } from "../judge/made-again.ts";
import type { ModelResult } from "../judge/recorded-plant.ts";
import type { BacktestResult } from "../rules/backtest.ts";

/** Switches shown at most. */
const MOST_SHOWN = 40;

/** What was really measured in the span. */
export interface Measured {
  /** kWh by the inverter's own counter. */
  readonly bought: number | null;
  /** V */
  readonly lowest_cell: number | null;
}

/** How many decisions and plans came out the same. */
export function madeAgainText({ recorded, tried, same, plans, same_plans }: MadeAgain): string {
  if (tried === 0) return "no decision is kept from this span: nothing proves the replay";
  const share = ((100 * same) / tried).toFixed(same === tried ? 0 : 1);
  const planned = plans === 0 ? "" : `; ${same_plans} of ${plans} plans`;
  return `made again from their stored inputs: ${same} of ${tried} decisions (${share} %), of ${recorded} recorded${planned}`;
}

/** The rules beside what really happened, by the switch, by measure and by the plant model. */
export function backtestText(
  context: Context,
  policy: string,
  { from, to, runs, rules, real, same_hours, blind_hours }: BacktestResult,
  model: ModelResult | null,
  measured: Measured,
): string {
  const moment = (at: number | null) => (at === null ? "–" : localStamp(at, context.config.station.time_zone));
  const fixed = (value: number | null | undefined, digits: number) => value?.toFixed(digits) ?? "–";
  const row = (name: string, ...cells: string[]) =>
    [name.padEnd(26), ...cells.map((cell) => cell.padStart(16))].join("");
  const lines = [
    `${moment(from)} to ${moment(to)}, rules ${policy}, ${runs} runs, blind for ${blind_hours.toFixed(1)} h`,
    row("", "rules", "really", "always on grid"),
    row("switches", String(rules.switches), String(real.switches), "0"),
    row("hours off-grid", rules.off_grid_hours.toFixed(1), real.off_grid_hours.toFixed(1), "0.0"),
    row("bought, measured (kWh)", "–", fixed(measured.bought, 1), "–"),
    row("lowest cell, measured (V)", "–", fixed(measured.lowest_cell, 3), "–"),
  ];
  if (model) {
    const { rules: ours, real: replayed, always_on_grid: never } = model;
    const sides = [ours, replayed, never];
    lines.push(
      row("bought, by the model (kWh)", ...sides.map(({ bought }) => bought.toFixed(1))),
      row("lowest cell, by the model", ...sides.map(({ lowest_cell }) => lowest_cell.toFixed(3))),
      "By one plant model, all three. What a full battery left unused was not recorded: there the model takes the clear sky as bright",
      "as it was before. Stored energy is accounted for.",
    );
  }
  lines.push(`both in the same position for ${same_hours.toFixed(1)} h`);
  const shown = rules.list.slice(0, MOST_SHOWN);
  for (const { at, on_grid, rule, reason } of shown) {
    lines.push(`  ${moment(at)}  ${on_grid ? "to the grid" : "off the grid"}  [${rule}] ${reason}`);
  }
  if (rules.list.length > shown.length) lines.push(`  … ${rules.list.length - shown.length} more`);
  return lines.join("\n");
}
