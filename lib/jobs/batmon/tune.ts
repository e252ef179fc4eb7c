import { UsageError } from "../../base/errors.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { learntOf } from "../../judge/planning.ts";
import { type ModelSide, recordedPlant } from "../../judge/recorded-plant.ts";
import type { Policy } from "../../rules/grid-switch/parameters.ts";
import { DAY_S } from "../../rules/plan/profile.ts";
import { wholeBetween } from "../../station/rule-inputs.ts";
import { ruleSet } from "../../station/rule-settings.ts";
import { speechOfStation } from "../../station/voice.ts";

/** Days of history that settings are tried on. */
const DAYS = 7;
/** kWh a day from which another setting is worth the owner's hand. */
const WORTH_KWH = 0.05;
/** V: a setting that takes a cell below this is never proposed. */
const LOWEST_CELL = 3.1;
const RESERVES = [20, 25, 30, 35, 40, 50];
const MARGINS = [10, 15, 20, 25];

/** What can be proposed. */
export interface Setting {
  readonly preset: Policy;
  readonly reserve: number;
  readonly margin: number;
}

export interface Tried extends Setting, ModelSide {
  /** kWh a day bought more than with the present settings. */
  readonly more: number;
}

/** `batmon --tune`: reserve, margin and preset that would have bought less in the last days; the owner applies them. */
export async function runTune(context: Context): Promise<Answer> {
  const store = context.openStore({ readonly: true });
  const now = context.clock.now();
  const learnt = learntOf(context, store);
  const { policy, parameters } = ruleSet(context.config, learnt.profile.days);
  const { bms, inverter } = wholeBetween(store, context.config, now - DAYS * DAY_S, { bms: now, inverter: now });
  const plant = recordedPlant(bms, inverter, parameters, learnt);
  if (plant === null) throw new UsageError("there are no stored samples of both devices to try settings on");
  const days = plant.world.minutes / 1440;
  const run = (setting: Setting): ModelSide => {
    const { reserve, margin } = setting;
    return plant.under({ ...parameters, reserve, margin }, setting.preset);
  };
  const present = { preset: policy, reserve: parameters.reserve, margin: parameters.margin };
  const { best, tried } = search(present, days, run);
  const { tune: words, format: f } = speechOfStation(context);
  return {
    json: { days, present, best, tried },
    text: () => {
      const rows = tried.map((one) => [
        one.preset,
        String(one.reserve),
        one.preset === "greedy" ? String(one.margin) : "–",
        f.number(one.bought / days, 2),
        f.number(one.switches / days, 1),
        f.number(one.dark_minutes),
        f.number(one.lowest_cell, 2),
      ]);
      const head = words.head.map((name, column) =>
        Math.max(name.length, ...rows.map((row) => (row[column] ?? "").length)),
      );
      const line = (cells: readonly string[]) =>
        cells
          .map((cell, column) => cell.padEnd(head[column] ?? 0))
          .join("  ")
          .trimEnd();
      const about = words.about(f.number(days, 1));
      return [about, "", line(words.head), ...rows.map(line), "", ...proposal(present, best, words, f)].join("\n");
    },
    always: true,
  };
}

type Spoken = ReturnType<typeof speechOfStation>;

function proposal(present: Setting, best: Tried, words: Spoken["tune"], f: Spoken["format"]): string[] {
  const changes = (["preset", "reserve", "margin"] as const).filter((key) => best[key] !== present[key]);
  if (changes.length === 0) return [words.nothing];
  return [
    words.better(f.number(-best.more, 2)),
    ...changes.map((key) => `  ${key === "preset" ? "preset" : `rules.${key}`}: ${present[key]} → ${best[key]}`),
    ...(best.reserve < present.reserve ? [words.lower_reserve] : []),
    words.apply,
  ];
}

/** One figure after the other, each from the best so far; first the present settings. */
export function search(
  present: Setting,
  days: number,
  run: (setting: Setting) => ModelSide,
): { readonly best: Tried; readonly tried: readonly Tried[] } {
  const tried: Tried[] = [];
  const base = run(present);
  const attempt = (setting: Setting): Tried => {
    const known = tried.find(
      ({ preset, reserve, margin }) =>
        preset === setting.preset && reserve === setting.reserve && margin === setting.margin,
    );
    if (known !== undefined) return known;
    const side = tried.length === 0 ? base : run(setting);
    const one = { ...setting, ...side, more: Math.round((1000 * (side.bought - base.bought)) / days) / 1000 };
    tried.push(one);
    return one;
  };
  let best = attempt(present);
  const consider = (setting: Setting): void => {
    const one = attempt(setting);
    const safe = one.dark_minutes <= base.dark_minutes && one.lowest_cell >= Math.min(LOWEST_CELL, base.lowest_cell);
    if (safe && one.more < best.more - WORTH_KWH) best = one;
  };
  for (const preset of ["greedy", "planner"] as const) consider({ ...settingOf(best), preset });
  for (const reserve of RESERVES) consider({ ...settingOf(best), reserve });
  // The planner has a margin of its own.
  if (best.preset === "greedy") for (const margin of MARGINS) consider({ ...settingOf(best), margin });
  return { best, tried };
}

function settingOf({ preset, reserve, margin }: Setting): Setting {
  return { preset, reserve, margin };
}
