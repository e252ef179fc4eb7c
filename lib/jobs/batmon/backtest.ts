import { UsageError } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import type { Config } from "../../config/schema.ts";
import { madeAgain } from "../../judge/made-again.ts";
import { learntOf } from "../../judge/planning.ts";
import { modelRun } from "../../judge/recorded-plant.ts";
import { backtest } from "../../rules/backtest.ts";
import { PlannerLoop, rewound } from "../../rules/plan/loop.ts";
import { hereOf } from "../../station/here.ts";
import { wholeBetween } from "../../station/rule-inputs.ts";
import { ruleSet } from "../../station/rule-settings.ts";
import { speechOfStation } from "../../station/voice.ts";
import { backtestText, type Measured } from "../../terminal/backtest-text.ts";
import { countedEnergy } from "../../view/energy.ts";
import type { BmsInput, InverterInput } from "../../view/record.ts";
import { parseSpan } from "../../view/time-span.ts";

/** `batmon --backtest FROM..TO [--with other.yaml]`: the rules over stored samples, beside what really happened. */
export async function runBacktest(context: Context): Promise<Answer> {
  const { from, to } = parseSpan(String(context.options.backtest), hereOf(context));
  const other = context.options.with as string | undefined;
  const rules: Config =
    other === undefined ? context.config : (await import("../../config/load.ts")).loadConfig(other).config;
  const store = context.openStore({ readonly: true });
  const learnt = learntOf(context, store);
  const { policy, parameters } = ruleSet(rules, learnt.profile.days);
  const { bms, inverter } = wholeBetween(store, context.config, from, { bms: to, inverter: to });
  if (bms.length === 0 || inverter.length === 0) {
    throw new UsageError(failure("nothing_stored_in", { span: String(context.options.backtest) }));
  }
  const again = madeAgain(context.config, store, from, to);
  const loop =
    policy === "planner"
      ? new PlannerLoop({ ...learnt, parameters, profile: rewound(learnt.profile, inverter[0]?.at ?? from) })
      : null;
  const advice = loop === null ? null : loop.advice.bind(loop);
  const result = backtest({ bms, inverter, parameters, policy, advice });
  const model = modelRun(bms, inverter, parameters, policy, learnt);
  const measured = measuredIn(bms, inverter, from, to);
  return {
    json: { policy, made_again: again, ...result, model, measured },
    text: () => {
      const { time_zone } = context.config.station;
      return backtestText(policy, again, result, model, measured, time_zone, speechOfStation(context));
    },
    always: true,
  };
}

function measuredIn(bms: readonly BmsInput[], inverter: readonly InverterInput[], from: number, to: number): Measured {
  const readings = inverter.map(({ at, grid_import_energy: value }) => ({ at, value }));
  const cells = bms.flatMap((sample) => sample.cells.filter((cell) => cell !== null));
  return {
    bought: countedEnergy(readings, from, to, inverter.at(-1)?.rated_power),
    lowest_cell: cells.reduce<number | null>((low, cell) => (low === null || cell < low ? cell : low), null),
  };
}
