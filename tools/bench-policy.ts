/** Measures the grid-switch rules on the plant model and prints the table of docs/reference/policy-results.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { Command, Option } from "commander";
import { ORIGINAL_INTERVAL_S } from "../lib/rules/grid-switch/original.ts";
import { DEFAULTS, type Parameters } from "../lib/rules/grid-switch/parameters.ts";
import { runClairvoyant } from "../lib/sim/plant/clairvoyant.ts";
import { VARIANTS, type VariantName } from "../lib/sim/plant/inverter.ts";
import { epochOf, type RunResult, runAlwaysOffGrid, runAlwaysOnGrid, runWorld } from "../lib/sim/plant/plant-run.ts";
import { makeWorld, SCENARIOS, type ScenarioName, type World } from "../lib/sim/plant/scenario.ts";
import { atLeast, capacities, names, parameter } from "./bench-options.ts";
import { inWorkers, isWorker } from "./in-workers.ts";
import {
  emptyMemory,
  originalController,
  type PlannerMemory,
  plannerController,
  rulesController,
} from "./policy-controllers.ts";
import { silenced, WRONG, type Wrong, type WrongName } from "./wrong-models.ts";

/** Columns; "greedy-default" is greedy without what `--set` changes. */
const POLICIES = [
  "off-grid",
  "original-2024",
  "original-2026",
  "greedy",
  "greedy-5min",
  "greedy-e+",
  "planner",
  "planner-e+",
  "optimum",
] as const;
const MORE_POLICIES = [...POLICIES, "greedy-default"] as const;
type PolicyName = (typeof MORE_POLICIES)[number];
const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];
const VARIANT_NAMES = Object.keys(VARIANTS) as VariantName[];
const WRONG_NAMES = Object.keys(WRONG) as WrongName[];
const ROWS = ["scenario", "pack", "wrong"] as const;
type Row = (typeof ROWS)[number];

interface Job {
  readonly scenario: ScenarioName;
  readonly seed: number;
  readonly pack: number;
  readonly variant: VariantName;
  /** In what the station differs from what its planner believes. */
  readonly wrong: WrongName;
  readonly policies: readonly PolicyName[];
  /** Length of the run in days, when not the scenario's own. */
  readonly days?: number;
  /** Days of history the planner has before the run begins; 0 = an empty store. */
  readonly history: number;
  readonly parameters: Partial<Parameters>;
  /** Draws of late and lost orders for original-2026. */
  readonly draws: number;
}

interface Outcome {
  readonly job: Job;
  readonly base: RunResult;
  readonly results: Readonly<Record<string, RunResult>>;
}

const ORIGINAL_INTERVAL = ORIGINAL_INTERVAL_S / 60;

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Means of several runs of one world; `lowest_cell` is the lowest of all. */
function meanOf(runs: readonly RunResult[]): RunResult {
  const mean = (key: keyof RunResult): number => sum(runs.map((run) => run[key])) / runs.length;
  return {
    days: mean("days"),
    bought: mean("bought"),
    net: mean("net"),
    switch_overs: mean("switch_overs"),
    unserved_minutes: mean("unserved_minutes"),
    lowest_cell: Math.min(...runs.map((run) => run.lowest_cell)),
    pv_share: mean("pv_share"),
    cycles: mean("cycles"),
    off_grid_hours: mean("off_grid_hours"),
  };
}

/** What a planner knows after some weeks at this place: the month's weather of another seed, in the season of the scenario. */
function knownPlace(job: Job, parameters: Parameters): PlannerMemory {
  const memory = emptyMemory();
  if (job.history === 0) return memory;
  const world = makeWorld(job.scenario, job.seed + HISTORY_SEED, job.history);
  const run = { world, capacity_ah: job.pack, variant: job.variant, epoch: epochOf(world) - job.history * 86_400 };
  runWorld({ ...run, controller: plannerController(parameters, { memory }) });
  return memory;
}

/** Far from every seed that is reported. */
const HISTORY_SEED = 5000;

function runPolicy(policy: PolicyName, job: Job): RunResult {
  const { world, variant, clock_s, capacity, silent } = placeOf(job);
  const common = { world, capacity_ah: job.pack, variant, epoch: epochOf(world) + clock_s };
  const parameters = { ...DEFAULTS, ...job.parameters };
  const rules = (own: Parameters, interval = 1): RunResult =>
    runWorld({ ...common, interval, controller: silenced(rulesController(own), silent, job.seed) });
  const planner = (own: Parameters): RunResult => {
    const options = { memory: knownPlace(job, own), capacity_factor: capacity };
    return runWorld({ ...common, controller: silenced(plannerController(own, options), silent, job.seed) });
  };
  switch (policy) {
    case "off-grid":
      return runAlwaysOffGrid(world, job.pack, variant);
    case "original-2024":
      return runWorld({ ...common, controller: originalController(policy), interval: ORIGINAL_INTERVAL });
    case "original-2026":
      // It never repeats a lost order: one run in thirty or so stands still for days and outweighs the others.
      return meanOf(
        Array.from({ length: job.draws }, (_, draw) =>
          runWorld({
            ...common,
            controller: originalController(policy),
            interval: ORIGINAL_INTERVAL,
            command_luck: draw,
          }),
        ),
      );
    case "greedy":
      return rules(parameters);
    case "greedy-default":
      return rules(DEFAULTS);
    case "greedy-5min":
      return rules(parameters, 5);
    case "greedy-e+":
      return rules({ ...parameters, charger_source_rule: true });
    case "planner":
      return planner(parameters);
    case "planner-e+":
      return planner({ ...parameters, charger_source_rule: true });
    case "optimum":
      return runClairvoyant(world, job.pack, variant);
  }
}

/** The station of a job as it is. */
interface Place {
  readonly world: World;
  readonly variant: VariantName;
  readonly clock_s: number;
  readonly capacity: number;
  readonly silent: Wrong["silent"];
}

function placeOf(job: Job): Place {
  const wrong: Wrong = WRONG[job.wrong];
  const made = makeWorld(job.scenario, job.seed, job.days);
  const world = wrong.world?.(made, job.seed) ?? made;
  const { variant = job.variant, clock_s = 0, capacity = 1, silent } = wrong;
  return { world, variant, clock_s, capacity, silent };
}

function runJob(job: Job): Outcome {
  const { world, variant } = placeOf(job);
  const base = runAlwaysOnGrid(world, job.pack, variant);
  return { job, base, results: Object.fromEntries(job.policies.map((policy) => [policy, runPolicy(policy, job)])) };
}

function saving(outcome: Outcome, policy: string): number {
  return outcome.base.net - (outcome.results[policy]?.net ?? Number.NaN);
}

function share(outcomes: readonly Outcome[], policy: string): number {
  return (100 * sum(outcomes.map((one) => saving(one, policy)))) / sum(outcomes.map((one) => saving(one, "optimum")));
}

function cell(outcomes: readonly Outcome[], policy: string, unit: string): string {
  const runs = outcomes.map((one) => one.results[policy] as RunResult);
  const days = sum(runs.map((run) => run.days));
  const switches = sum(runs.map((run) => run.switch_overs)) / days;
  const dark = sum(runs.map((run) => run.unserved_minutes)) / runs.length;
  const lowest = Math.min(...runs.map((run) => run.lowest_cell));
  const saved = sum(outcomes.map((one) => saving(one, policy))) / days;
  const worth = unit === "kWh" ? `${saved.toFixed(3)} kWh` : `${share(outcomes, policy).toFixed(1)} %`;
  return `${worth} · ${switches.toFixed(1)} · ${dark.toFixed(0)} · ${lowest.toFixed(2)}`;
}

function table(
  rows: readonly string[],
  outcomesOf: (row: string) => Outcome[],
  policies: readonly string[],
  unit: string,
): string[] {
  const lines = [`| | ${policies.join(" | ")} |`, `|---|${policies.map(() => "---|").join("")}`];
  for (const row of rows)
    lines.push(`| ${row} | ${policies.map((policy) => cell(outcomesOf(row), policy, unit)).join(" | ")} |`);
  return lines;
}

interface Values {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly packs: readonly number[];
  readonly scenarios: readonly ScenarioName[];
  readonly variants: readonly VariantName[];
  readonly policies: readonly PolicyName[];
  readonly wrong: readonly WrongName[];
  readonly in: "share" | "kWh";
  readonly set: Partial<Parameters>;
  readonly draws: number;
  readonly days?: number;
  readonly history: number;
  readonly workers: number;
  readonly rows: readonly Row[];
  readonly byPack?: boolean;
  readonly update?: string;
  readonly marker: string;
}

const OPTIONS = new Command("bench:policy")
  .description("Runs the grid-switch rules on the plant model; lists take commas.")
  .option("--seeds <n>", "seeds of each scenario and pack", atLeast(1), 10)
  .option("--first-seed <n>", "the first of them", atLeast(0), 1)
  .option("--packs <Ah>", "capacities", capacities, [100, 280])
  .option("--scenarios <names>", `all, or of ${SCENARIO_NAMES.join(", ")}`, names(SCENARIO_NAMES), SCENARIO_NAMES)
  .option("--variants <names>", `firmware: all, or of ${VARIANT_NAMES.join(", ")}`, names(VARIANT_NAMES), ["latch"])
  .option("--policies <names>", "columns", names(MORE_POLICIES), [...POLICIES])
  .option("--wrong <names>", `wrong beliefs: all, or of ${WRONG_NAMES.join(", ")}`, names(WRONG_NAMES), ["right"])
  .addOption(
    new Option("--in <unit>", "savings as a share of the optimum's, or in kWh a day")
      .choices(["share", "kWh"])
      .default("share"),
  )
  .option("--set <name=value...>", "parameters of the rules", parameter, {})
  .option("--draws <n>", "draws of late and lost orders a seed, for original-2026", atLeast(1), 20)
  .option("--days <n>", "length of each run (default: the scenario's own)", atLeast(1))
  .option("--history <days>", "what the planner has learned from before; 0 = an empty store", atLeast(0), 0)
  .option("--workers <n>", "processes", atLeast(1), 2)
  .option("--rows <names>", `what a row stands for: of ${ROWS.join(", ")}`, names(ROWS), ["scenario"])
  .option("--by-pack", "rows of each pack as well")
  .option("--update <file>", "replaces a marked part of a Markdown page")
  .option("--marker <name>", "which part", "latch");

async function main(): Promise<void> {
  const values = OPTIONS.parse().opts<Values>();
  const { scenarios, variants, wrong: wrongs, policies: shown, set: parameters, rows: keys } = values;
  const policies: readonly PolicyName[] = shown.includes("optimum") ? shown : [...shown, "optimum"];
  const jobs: Job[] = [];
  const first = values.firstSeed;
  const sets = variants.flatMap((variant) => wrongs.map((wrong) => ({ variant, wrong })));
  for (const scenario of scenarios) {
    for (const set of sets) {
      for (const pack of values.packs) {
        for (let seed = first; seed < first + values.seeds; seed += 1) {
          jobs.push({
            ...{ ...set, scenario, seed, pack, policies, parameters, draws: values.draws },
            ...(values.days === undefined ? {} : { days: values.days }),
            history: values.history,
          });
        }
      }
    }
  }
  const label = (job: Job): string => keys.map((key) => (key === "pack" ? `${job.pack} Ah` : job[key])).join(", ");
  const rows = [...new Set(jobs.map(label))];
  jobs.sort((a, b) => SCENARIOS[b.scenario].days - SCENARIOS[a.scenario].days);
  const outcomes = await inWorkers<Job, Outcome>(import.meta.url, jobs, values.workers);
  const out: string[] = [];
  const tables = keys.includes("wrong") ? variants.map((variant) => ({ variant, wrong: null })) : sets;
  for (const { variant, wrong } of tables) {
    const mine = outcomes.filter(({ job }) => job.variant === variant && (wrong === null || job.wrong === wrong));
    const name = wrong === "right" || wrong === null ? variant : `${variant}, ${wrong}`;
    const head = values.in === "kWh" ? "kWh saved a day" : "share of the optimum's saving";
    out.push(`${name}: ${head} · switch-overs a day · unserved minutes a run · lowest cell V`, "");
    out.push(...table(rows, (row) => mine.filter(({ job }) => label(job) === row), policies, values.in));
    if (values.byPack === true) {
      const packs = values.packs.map((pack) => `${pack} Ah`);
      out.push(
        ...table(packs, (row) => mine.filter((one) => `${one.job.pack} Ah` === row), policies, values.in).slice(2),
      );
    }
    out.push(...table(["all"], () => mine, policies, values.in).slice(2), "");
  }
  const text = out.join("\n");
  process.stdout.write(`${text}\n`);
  if (values.update) {
    const page = readFileSync(values.update, "utf8");
    const begin = `<!-- bench:policy ${values.marker} -->`;
    const [before, rest] = page.split(begin);
    const after = rest?.split("<!-- end -->").slice(1).join("<!-- end -->");
    if (after === undefined) throw new Error(`${values.update}: no part ${begin} … <!-- end -->`);
    writeFileSync(values.update, `${before}${begin}\n${text.trimEnd()}\n<!-- end -->${after}`);
  }
}

if (!isWorker(runJob)) await main();
