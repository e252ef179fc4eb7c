/** Counts on the plant model how often the planner keeps what it promises about three hours before, and prints the table of it. */
import { Command } from "commander";
import { DEFAULTS } from "../lib/rules/grid-switch/parameters.ts";
import { AT_RESERVE, FULL } from "../lib/rules/plan/kept.ts";
import { isKept, type Promised, type ScoredPromise, type SeenCharge, scorePromises } from "../lib/rules/plan/score.ts";
import { epochOf, runWorld } from "../lib/sim/plant/plant-run.ts";
import { makeWorld, SCENARIOS, type ScenarioName } from "../lib/sim/plant/scenario.ts";
import { atLeast, capacities, names } from "./bench-options.ts";
import { inWorkers, isWorker } from "./in-workers.ts";
import { plannerController } from "./policy-controllers.ts";

interface Job {
  readonly scenario: ScenarioName;
  readonly seed: number;
  readonly pack: number;
}

interface Outcome {
  readonly job: Job;
  readonly promises: readonly ScoredPromise[];
}

/** A run of an empty store, and what came of what was promised in it. */
function runJob(job: Job): Outcome {
  const world = makeWorld(job.scenario, job.seed);
  const plans: Promised[] = [];
  const seen: SeenCharge[] = [];
  const controller = plannerController(DEFAULTS, {
    watch: ({ now }, { inputs: { soc } }) => {
      if (soc !== null) seen.push({ at: now, soc });
    },
    watchPlan: ({ now }, { promised }) => plans.push({ at: now, ...promised }),
  });
  runWorld({ world, capacity_ah: job.pack, epoch: epochOf(world), controller });
  return { job, promises: scorePromises(plans, seen, { full: FULL, reserve: DEFAULTS.reserve + AT_RESERVE }).promises };
}

function cell(promises: readonly ScoredPromise[]): string {
  const kept = promises.filter(isKept).length;
  const share = promises.length === 0 ? "" : ` (${Math.round((100 * kept) / promises.length)} %)`;
  return `${kept} of ${promises.length}${share}`;
}

const ALL = Object.keys(SCENARIOS) as ScenarioName[];
const NINE = ALL.filter((name) => name !== "month_mixed");
const OPTIONS = new Command("bench:promises")
  .description("Counts how often the planner keeps a promise made about three hours before; lists take commas.")
  .option("--seeds <n>", "seeds of each scenario and pack", atLeast(1), 6)
  .option("--first-seed <n>", "the first of them", atLeast(0), 1)
  .option("--packs <Ah>", "capacities", capacities, [100, 280])
  .option("--scenarios <names>", `all, or of ${ALL.join(", ")}`, names(ALL), NINE);

async function main(): Promise<void> {
  const values = OPTIONS.parse().opts<{
    seeds: number;
    firstSeed: number;
    packs: number[];
    scenarios: ScenarioName[];
  }>();
  const { scenarios, packs } = values;
  const seeds = Array.from({ length: values.seeds }, (_, index) => values.firstSeed + index);
  const jobs = scenarios.flatMap((scenario) =>
    packs.flatMap((pack) => seeds.map((seed) => ({ scenario, pack, seed }))),
  );
  const outcomes = await inWorkers<Job, Outcome>(import.meta.url, jobs);
  const row = (name: string, mine: (job: Job) => boolean): string => {
    const promises = outcomes.flatMap((one) => (mine(one.job) ? one.promises : []));
    const of = (what: ScoredPromise["what"]): string => cell(promises.filter((one) => one.what === what));
    return `| ${name} | ${of("full")} | ${of("reserve")} | ${cell(promises)} |`;
  };
  const rows = [
    ...scenarios.map((scenario) => row(scenario, (job) => job.scenario === scenario)),
    ...packs.map((pack) => row(`${pack} Ah`, (job) => job.pack === pack)),
    row("all", () => true),
  ];
  process.stdout.write(`${["| | full | reserve | both |", "|---|---|---|---|", ...rows].join("\n")}\n`);
}

if (!isWorker(runJob)) await main();
