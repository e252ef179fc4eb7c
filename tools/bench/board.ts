/** `npm run bench -- --board`: the jobs of a minute on a tenth of a core, which is about what the owner's 32-bit board has. */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { END, JOBS } from "./minute.ts";
import { openPlant } from "./plant.ts";
import { limited, notMeasured, type Row } from "./row.ts";

const LIMIT_S = 20;
const PERIOD_US = 100_000;
const QUOTA_US = 10_000;
const WHAT = "the jobs of a minute, all at once, under 10 % of a core";

export async function benchBoard(): Promise<Row[]> {
  const group = tenthOfACore();
  if (group === null) return [notMeasured(WHAT, "no cgroup of ours can be made here (needs root)")];
  const plant = await openPlant(30, END);
  try {
    const jobs = JOBS.filter(({ name }) => name !== "mqtt-push" || plant.broker).map(({ name }) => plant.command(name));
    const minute = async (at: number, wrapped: readonly string[]) => {
      const began = performance.now();
      const costs = await Promise.all(jobs.map((job) => plant.processes.cost([...wrapped, ...job], plant.now + at)));
      return {
        wall_s: (performance.now() - began) / 1000,
        cpu_s: costs.reduce((sum, { cpu_ms }) => sum + cpu_ms, 0) / 1000,
      };
    };
    // Settings and discovery come once, and not in these minutes.
    for (const at of [60, 120]) await minute(at, []);
    const inGroup = ["sh", "-c", `echo $$ > ${group.path}/cgroup.procs && exec "$@"`, "sh"];
    const minutes: { readonly wall_s: number; readonly cpu_s: number }[] = [];
    for (const at of [180, 240, 300]) minutes.push(await minute(at, inGroup));
    const longest = Math.max(...minutes.map(({ wall_s }) => wall_s));
    // On a machine that has less than a tenth of a core left for them, this is what the tenth itself would have taken.
    const floor = (Math.max(...minutes.map(({ cpu_s }) => cpu_s)) * PERIOD_US) / QUOTA_US;
    const row = limited(`${WHAT} (${group.kind}), longest of ${minutes.length} minutes`, longest, "s", LIMIT_S, 1);
    return [{ ...row, floor: `${floor.toFixed(1)} s`, ratio: `${(longest / floor).toFixed(2)} ×` }];
  } finally {
    await plant.close();
    rmdirSync(group.path);
  }
}

/** A cgroup with a tenth of a core; null where none can be made. */
function tenthOfACore(): { readonly path: string; readonly kind: string } | null {
  const root = "/sys/fs/cgroup";
  const name = `solar-bench-${process.pid}`;
  const ways = [
    { kind: "cgroup v2", folder: root, knobs: { "cpu.max": `${QUOTA_US} ${PERIOD_US}` } },
    {
      kind: "cgroup v1",
      folder: join(root, "cpu"),
      knobs: { "cpu.cfs_period_us": `${PERIOD_US}`, "cpu.cfs_quota_us": `${QUOTA_US}` },
    },
  ];
  for (const { kind, folder, knobs } of ways) {
    const path = join(folder, name);
    try {
      mkdirSync(path);
    } catch {
      continue;
    }
    if (Object.keys(knobs).every((knob) => existsSync(join(path, knob)))) {
      for (const [knob, value] of Object.entries(knobs)) writeFileSync(join(path, knob), value);
      return { path, kind };
    }
    rmdirSync(path);
  }
  return null;
}
