/** What the rules believe about LiFePO4: state of charge from the rest voltage of a cell (mean of both branches). */

const POINTS: readonly (readonly [voltage: number, soc: number])[] = [
  [2.5, 0],
  [2.72, 1],
  [2.85, 2],
  [2.95, 3],
  [3.09, 5],
  [3.155, 7],
  [3.198, 10],
  [3.212, 13],
  [3.23, 17],
  [3.246, 20],
  [3.264, 25],
  [3.279, 30],
  [3.287, 35],
  [3.29, 40],
];

/** State of charge in %, useful below the plateau only: 0 at 2.5 V, 40 at 3.29 V and above. */
export function socFromRestVoltage(voltage: number): number {
  let [lowVoltage, lowSoc] = POINTS[0] ?? [0, 0];
  if (voltage <= lowVoltage) return 0;
  for (const [highVoltage, highSoc] of POINTS) {
    if (voltage <= highVoltage) {
      return lowSoc + ((highSoc - lowSoc) * (voltage - lowVoltage)) / Math.max(1e-9, highVoltage - lowVoltage);
    }
    lowVoltage = highVoltage;
    lowSoc = highSoc;
  }
  return lowSoc;
}
