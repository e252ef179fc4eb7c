import { UsageError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import { BMS_KINDS, bmsKindOf } from "../devices/index.ts";
import type { SimulatedBms } from "../devices/kind.ts";
import type { SimulatedDevice } from "./device.ts";

/** The protocols that can be simulated. */
export const SIMULATED_DIALECTS = BMS_KINDS.filter(({ simulate }) => simulate).map(({ protocol }) => protocol);

/** Those of them whose simulator shows a live plant. */
export const PLANT_DIALECTS = BMS_KINDS.filter((kind) => kind.simulate && !kind.experimental).map(
  ({ protocol }) => protocol,
);

/** A simulated BMS and the speed of its line. @throws UsageError for a recording that the kind cannot replay, BadCommand for a bad one */
export async function simulatedBms(
  dialect: string | undefined,
  choice: SimulatedBms,
): Promise<{ readonly device: SimulatedDevice; readonly baud: number }> {
  const kind = bmsKindOf(dialect);
  if (!kind?.simulate) throw new UsageError(failure("no_simulator", { dialect: String(dialect) }));
  if (choice.capture !== undefined && !kind.replays_captures) {
    const able = BMS_KINDS.filter(({ replays_captures }) => replays_captures).map(({ protocol }) => protocol);
    throw new UsageError(failure("capture_not_for", { dialects: able.join(", ") }));
  }
  return { device: await kind.simulate(choice), baud: kind.baud };
}
