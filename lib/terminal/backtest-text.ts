import { localStamp } from "../base/local-time.ts";
import { onScreen } from "../cli/terminal.ts";
import type { MadeAgain } from "../judge/made-again.ts";
import type { ModelResult } from "../judge/recorded-plant.ts";
import type { BacktestResult } from "../rules/backtest.ts";
import type { Speech } from "../words/index.ts";

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
function madeAgainText(made: MadeAgain, { backtest: words, format: f }: Speech): string {
  const { recorded, tried, same, plans, same_plans } = made;
  if (tried === 0) return words.unproven;
  const percent = f.number((100 * same) / tried, same === tried ? 0 : 1);
  const planned = plans === 0 ? "" : words.plans_again(same_plans, plans);
  return words.made_again(same, tried, percent, recorded) + planned;
}

/** The rules beside what really happened, by the switch, by measure and by the plant model; first what proves the replay. */
export function backtestText(
  policy: string,
  made: MadeAgain,
  { from, to, runs, rules, real, same_hours, blind_hours }: BacktestResult,
  model: ModelResult | null,
  measured: Measured,
  time_zone: string,
  speech: Speech,
): string {
  const { backtest: words, causes, format: f } = speech;
  const moment = (at: number | null): string => (at === null ? "–" : localStamp(at, time_zone));
  const row = (name: string, ...cells: string[]): string =>
    [name.padEnd(28), ...cells.map((cell) => cell.padStart(16))].join("");
  const none = f.number(null);
  const lines = [
    madeAgainText(made, speech),
    words.head(moment(from), moment(to), policy, runs, f.number(blind_hours, 1)),
    row("", ...words.columns),
    row(words.switches, String(rules.switches), String(real.switches), "0"),
    row(words.off_grid, ...[rules.off_grid_hours, real.off_grid_hours, 0].map((hours) => f.number(hours, 1))),
    row(words.bought, none, f.number(measured.bought, 1), none),
    row(words.lowest_cell, none, f.number(measured.lowest_cell, 3), none),
  ];
  if (model) {
    const sides = [model.rules, model.real, model.always_on_grid];
    lines.push(
      row(words.model_bought, ...sides.map(({ bought }) => f.number(bought, 1))),
      row(words.model_cell, ...sides.map(({ lowest_cell }) => f.number(lowest_cell, 3))),
      words.about_model,
    );
  }
  lines.push(words.same_hours(f.number(same_hours, 1)));
  const shown = rules.list.slice(0, MOST_SHOWN);
  for (const { at, on_grid, rule } of shown) {
    const cause = Object.hasOwn(causes, rule) ? `: ${causes[rule as keyof typeof causes]}` : "";
    lines.push(`  ${moment(at)}  ${on_grid ? words.on : words.off}${cause} [${rule}]`);
  }
  if (rules.list.length > shown.length) lines.push(`  ${words.more(rules.list.length - shown.length)}`);
  return onScreen(lines);
}
