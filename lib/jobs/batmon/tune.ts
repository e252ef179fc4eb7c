import { UsageError } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { learntOf } from "../../judge/planning.ts";
import { type ModelSide, recordedPlant } from "../../judge/recorded-plant.ts";
import { DAYS, type Setting, search, type Tried } from "../../judge/tune.ts";
import { DAY_S } from "../../rules/plan/profile.ts";
import { wholeBetween } from "../../station/rule-inputs.ts";
import { ruleSet } from "../../station/rule-settings.ts";
import { speechOfStation } from "../../station/voice.ts";
import { aligned } from "../../terminal/table.ts";

/** `batmon --tune`: reserve, margin and preset that would have bought less in the last days; the owner applies them. */
export async function runTune(context: Context): Promise<Answer> {
  const store = context.openStore({ readonly: true });
  const now = context.clock.now();
  const learnt = learntOf(context, store);
  const { policy, parameters } = ruleSet(context.config, learnt.profile.days);
  const { bms, inverter } = wholeBetween(store, context.config, now - DAYS * DAY_S, { bms: now, inverter: now });
  const plant = recordedPlant(bms, inverter, parameters, learnt);
  if (plant === null) throw new UsageError(failure("nothing_stored_to_tune"));
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
      const about = words.about(f.number(days, 1));
      return [about, "", ...aligned([words.head, ...rows]), "", ...proposal(present, best, words, f)].join("\n");
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
