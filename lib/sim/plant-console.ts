import { clockText } from "./day-chart.ts";
import type { DrivenPlant } from "./day-drive.ts";
import { percentText, wattsText } from "./day-text.ts";

const USAGE = "expected: step [MINUTES], grid on|off, load WATTS|auto, state, quit";
const MOST_STEPS = 100_000;

/** Carries out one line of the control interface; the answer to print ("" for an empty line), or null for quit. */
export function plantCommand(driven: DrivenPlant, line: string): string | null {
  const [word = "", argument = "", ...rest] = line.trim().split(/\s+/);
  if (word === "") return "";
  if (word === "quit") return null;
  const known = rest.length === 0 && COMMANDS[word]?.(driven, argument);
  return known ? plantLine(driven) : `${JSON.stringify(line.trim())}: ${USAGE}`;
}

/** One line about the plant: time, powers, charge, switch. */
export function plantLine(driven: DrivenPlant): string {
  const { plant } = driven;
  const flags = [
    plant.ongridSwitch ? "20105=1" : "20105=0",
    ...(plant.gridPresent ? [] : ["outage"]),
    ...(plant.dark ? ["house dark"] : []),
  ];
  return (
    `now=${driven.now()} (${clockText(driven.now())})  PV ${wattsText(plant.pvPower).trim()}, ` +
    `house ${wattsText(plant.loadPower).trim()}, grid ${wattsText(plant.gridPower).trim()}, ` +
    `battery ${percentText(plant.pack.soc)} ${plant.pack.voltage.toFixed(2)} V ${plant.pack.current.toFixed(1)} A, ` +
    `${plant.workState}, ${flags.join(", ")}`
  );
}

/** Each says whether it understood its argument. */
const COMMANDS: Readonly<Record<string, (driven: DrivenPlant, argument: string) => boolean>> = {
  state: (_, argument) => argument === "",
  step: ({ plant, advanceTo }, argument) => {
    const minutes = argument === "" ? 1 : Number(argument);
    if (!Number.isInteger(minutes) || minutes < 1 || minutes > MOST_STEPS) return false;
    advanceTo(plant.minute + minutes);
    return true;
  },
  grid: ({ plant }, argument) => {
    if (argument !== "on" && argument !== "off") return false;
    plant.world.grid.fill(argument === "on" ? 1 : 0);
    return true;
  },
  load: ({ plant, houseLoad }, argument) => {
    const watts = Number(argument);
    if (argument === "auto") plant.world.load.set(houseLoad);
    else if (argument === "" || !(watts >= 0 && watts <= 5000)) return false;
    else plant.world.load.fill(watts);
    return true;
  },
};
