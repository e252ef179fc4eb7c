import { spreadOf } from "./measure.ts";
import { END } from "./minute.ts";
import { openPlant } from "./plant.ts";
import type { Row } from "./row.ts";

/** More than this above a straight line is not linear any more. */
const ALLOWANCE = 1.1;
const ROUNDS = 5;
/** Of minutes: what a tick looks back on is in there. */
const DAYS = 2;

/** What a tick costs with several devices of a role on one bus: a straight line through few of them tells what many may cost. */
export async function benchScale(): Promise<Row[]> {
  const one = await tick(1, 1);
  const some = await tick(2, 5);
  const many = await tick(3, 15);
  const per_pack = (some.packs - one.packs) / 4;
  const per_machine = some.inverters - one.inverters;
  return [
    line("jkbms-dump with 15 packs on one bus", many.packs, one.packs + 14 * per_pack, per_pack),
    line("pv1800-dump with 3 inverters on one bus", many.inverters, one.inverters + 2 * per_machine, per_machine),
  ];
}

function line(what: string, times: number, straight: number, each: number): Row {
  return {
    what: `${what}, CPU (each further one ${each.toFixed(2)} × bare Node)`,
    figure: `${times.toFixed(2)} × bare Node`,
    floor: `${straight.toFixed(2)} ×`,
    ratio: `${(times / straight).toFixed(2)} × a straight line`,
    target: `≤ ${ALLOWANCE} ×`,
    kept: times <= ALLOWANCE * straight,
  };
}

/** CPU of both dumps as multiples of bare Node's in the same round. */
async function tick(inverters: number, packs: number): Promise<{ readonly inverters: number; readonly packs: number }> {
  const plant = await openPlant(DAYS, END, { inverters, packs });
  const ratios: Record<"inverters" | "packs", number[]> = { inverters: [], packs: [] };
  try {
    for (let round = -2; round < ROUNDS; round++) {
      const now = plant.now + (round + 3) * 60;
      const { cpu_ms: bare } = await plant.processes.cost([process.execPath, "-e", "0"], now);
      const machines = await plant.processes.cost(plant.command("pv1800-dump"), now);
      const boards = await plant.processes.cost(plant.command("jkbms-dump"), now);
      if (round < 0) continue;
      ratios.inverters.push(machines.cpu_ms / bare);
      ratios.packs.push(boards.cpu_ms / bare);
    }
  } finally {
    await plant.close();
  }
  return { inverters: spreadOf(ratios.inverters).median, packs: spreadOf(ratios.packs).median };
}
