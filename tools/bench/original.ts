import { join } from "node:path";
import type { Plant } from "./plant.ts";
import { hasProgram } from "./process.ts";

/** A command that reads both devices of a plant as the original's scripts do; null where python3 or the ptys are missing. */
export function original(plant: Plant): string[] | null {
  const { inverter, bms } = plant.ports;
  if (!hasProgram("python3") || !inverter.startsWith("/")) return null;
  return ["python3", join(import.meta.dirname, "original.py"), inverter, bms, join(plant.card, "original.json")];
}
