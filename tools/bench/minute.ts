import { spreadOf } from "./measure.ts";
import { original } from "./original.ts";
import { openPlant, type Plant } from "./plant.ts";
import type { Cost, Writes } from "./process.ts";
import { notMeasured, type Row } from "./row.ts";

export const END = Date.UTC(2026, 5, 30, 10) / 1000;
export const ROUNDS = 9;
const MIB = 1024;
const PEAK_ROUNDS = 5;

/** A job of the minute with its targets: CPU as a multiple of bare Node's, bytes and syncs a run on the card. */
interface Job {
  readonly name: string;
  readonly words?: readonly string[];
  readonly cpu: number;
  readonly bytes: number;
}

export const JOBS: readonly Job[] = [
  { name: "pv1800-dump", cpu: 3, bytes: 33_000 },
  { name: "jkbms-dump", cpu: 3, bytes: 33_000 },
  { name: "batmon", cpu: 2.5, bytes: 33_000 },
  { name: "status-page", cpu: 3.5, bytes: 12_000 },
  { name: "mqtt-push", cpu: 4, bytes: 12_000 },
];
const BY_HAND: readonly Job[] = [
  { name: "status-page", words: ["--version"], cpu: 1.5, bytes: 0 },
  { name: "station", words: ["status", "--text"], cpu: 8, bytes: 0 },
];
const SYNCS = 3;
const TOGETHER = { cpu: 15, bytes: 100_000, syncs: 12, peak_mib: 24 };
const FLAT = 1.1;

const titleOf = ({ name, words = [] }: Job) => [name, ...words].join(" ");

/** CPU, memory and writes of a minute's jobs with a month of minutes; CPU again with what the default retention leaves of five years. */
export async function benchMinute(): Promise<Row[]> {
  const month = await openPlant(30, END);
  const bare = [process.execPath, "-e", "0"];
  try {
    const jobs = JOBS.filter(({ name }) => name !== "mqtt-push" || month.broker);
    const all = [...jobs, ...BY_HAND];
    const costs = await rounds(month, bare, all);
    const rows = [...cpuRows(costs, all), ...originalRows(costs)];
    rows.push(...(await peakRows(month, bare, jobs)), ...(await writeRows(month, jobs)));
    const years = await openPlant(92, END, { years: 5 });
    try {
      rows.push(...historyRows(costs, await rounds(years, bare, jobs), jobs));
    } finally {
      await years.close();
    }
    return rows;
  } finally {
    await month.close();
  }
}

/** CPU ms by title, bare Node as "bare": one value a round, all taken in turn so that a loaded machine loads all alike. */
type Costs = ReadonlyMap<string, readonly Cost[]>;

async function rounds(plant: Plant, bare: readonly string[], jobs: readonly Job[]): Promise<Costs> {
  const costs = new Map<string, Cost[]>([["bare", []]]);
  // Two rounds before the first that counts: discovery, settings, what is remembered of the configuration.
  for (let round = -2; round < ROUNDS; round++) {
    const now = plant.now + (round + 3) * 60;
    const note = (title: string, cost: Cost) => {
      if (round >= 0) costs.set(title, [...(costs.get(title) ?? []), cost]);
    };
    note("bare", await plant.processes.cost(bare, now));
    for (const job of jobs) {
      const command = plant.command(job.name, ...(job.words ?? []));
      note(titleOf(job), await plant.processes.cost(command, now + 5));
    }
    const script = original(plant);
    if (script !== null) note(ORIGINAL, await plant.processes.cost(script, now + 5));
  }
  return costs;
}

const ORIGINAL = "the original's reading of both devices (Python)";

/** What the work costs in the language of the original, by a script of ours: its own reads more and needs packages. */
function originalRows(costs: Costs): Row[] {
  const values = cpuOf(costs, ORIGINAL);
  if (values.length === 0) return [notMeasured(`${ORIGINAL}, CPU`, "python3 is not installed")];
  return [{ ...cpuRow(ORIGINAL, values, cpuOf(costs, "bare"), 0), target: "", kept: null }];
}

const cpuOf = (costs: Costs, title: string) => (costs.get(title) ?? []).map(({ cpu_ms }) => cpu_ms);
const median = (values: readonly number[]) => spreadOf(values).median;

function cpuRow(what: string, values: readonly number[], bares: readonly number[], target: number): Row {
  const ratio = median(values.map((value, round) => value / (bares[round] as number)));
  return {
    what: `${what}, CPU`,
    figure: `${median(values).toFixed(0)} ms`,
    floor: `${median(bares).toFixed(0)} ms`,
    ratio: `${ratio.toFixed(2)} ×`,
    target: `≤ ${target} ×`,
    kept: ratio <= target,
  };
}

function cpuRows(costs: Costs, jobs: readonly Job[]): Row[] {
  const bares = cpuOf(costs, "bare");
  const rows = jobs.map((job) => cpuRow(titleOf(job), cpuOf(costs, titleOf(job)), bares, job.cpu));
  const together = bares.map((_, round) =>
    JOBS.reduce((sum, job) => sum + (cpuOf(costs, titleOf(job))[round] ?? 0), 0),
  );
  return [...rows, cpuRow("the jobs of a minute together", together, bares, TOGETHER.cpu)];
}

async function peakRows(plant: Plant, bare: readonly string[], jobs: readonly Job[]): Promise<Row[]> {
  const first = plant.now + 3600;
  const alone = await plant.processes.peak(bare, first);
  const peaks = new Map<Job, number[]>();
  // Minutes that follow each other: the first after a gap makes a plan, or a page of the past, as one run in twenty does.
  for (let round = 0; round < PEAK_ROUNDS; round++) {
    for (const job of jobs) {
      const command = plant.command(job.name, ...(job.words ?? []));
      const peak = await plant.processes.peak(command, first + 60 * round);
      peaks.set(job, [...(peaks.get(job) ?? []), peak]);
    }
  }
  const rows: Row[] = [];
  for (const [job, found] of peaks) {
    const peak = median(found);
    const above = (peak - alone) / MIB;
    rows.push({
      what: `${titleOf(job)}, peak memory (median of ${PEAK_ROUNDS} minutes; the most: ${(Math.max(...found) / MIB).toFixed(1)})`,
      figure: `${(peak / MIB).toFixed(1)} MiB`,
      floor: `${(alone / MIB).toFixed(1)} MiB`,
      ratio: `+ ${above.toFixed(1)} MiB`,
      target: `≤ + ${TOGETHER.peak_mib} MiB`,
      kept: above <= TOGETHER.peak_mib,
    });
  }
  return rows;
}

async function writeRows(plant: Plant, jobs: readonly Job[]): Promise<Row[]> {
  const rows: Row[] = [];
  const sum = { card: 0, syncs: 0 };
  const row = (what: string, { card, syncs, elsewhere }: Writes, bytes: number, most: number): Row => ({
    what: `${what}, written to the card`,
    figure: `${card} bytes, ${syncs} fsyncs${elsewhere > 0 ? ` (and ${elsewhere} elsewhere)` : ""}`,
    floor: "0",
    ratio: "",
    target: `≤ ${bytes}, ≤ ${most}`,
    kept: card <= bytes && syncs <= most,
  });
  for (const job of jobs) {
    const runs: Writes[] = [];
    // The second of three minutes by size: a report or a changed setting makes one of them larger.
    for (let round = 0; round < 3; round++) {
      const command = plant.command(job.name, ...(job.words ?? []));
      const counted = await plant.processes.writes(command, plant.now + 3700 + round * 60, plant.card);
      if (counted === null) return [];
      runs.push(counted);
    }
    const middle = runs.sort((a, b) => a.card - b.card)[1] as Writes;
    sum.card += middle.card;
    sum.syncs += middle.syncs;
    rows.push(row(titleOf(job), middle, job.bytes, SYNCS));
  }
  rows.push(row("the jobs of a minute together", { ...sum, elsewhere: 0 }, TOGETHER.bytes, TOGETHER.syncs));
  return rows;
}

function historyRows(month: Costs, year: Costs, jobs: readonly Job[]): Row[] {
  const ratios = (costs: Costs, title: string) => {
    const bares = cpuOf(costs, "bare");
    return median(cpuOf(costs, title).map((value, round) => value / (bares[round] as number)));
  };
  return jobs.map((job) => {
    const title = titleOf(job);
    const growth = ratios(year, title) / ratios(month, title);
    return {
      what: `${title}, CPU with five years of history`,
      figure: `${median(cpuOf(year, title)).toFixed(0)} ms`,
      floor: `${median(cpuOf(year, "bare")).toFixed(0)} ms`,
      ratio: `${growth.toFixed(2)} × a month's`,
      target: `≤ ${FLAT} × a month's`,
      kept: growth <= FLAT,
    };
  });
}
