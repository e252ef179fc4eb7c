import type { Context } from "../cli/spec.ts";
import type { Store } from "../store/database.ts";
import { takeKept } from "../store/kept-samples.ts";
import { saveBmsSample, saveInverterSample } from "../store/samples.ts";
import { outsideFolders } from "./outside-memory.ts";

/** Stores what runs before could only keep beside the state file. */
export function takeKeptSamples(context: Context, store: Store, kind: "inverter" | "bms", device: string): void {
  if (context.dryRun) return;
  const count = takeKept(store, outsideFolders(context), device, ({ at, sample }) => {
    if (kind === "inverter") saveInverterSample(store, device, at, sample as Parameters<typeof saveInverterSample>[3]);
    else saveBmsSample(store, device, at, sample as Parameters<typeof saveBmsSample>[3]);
  });
  if (count > 0) context.log.info("stored samples of runs that could not", { device, samples: count });
}
