/** What the demo tells of simulated devices and of a simulated day, in English. */

/** Figures as they are to be read. */
export interface DayOpening {
  readonly date: string;
  readonly hours: string;
  readonly scenario: string;
  readonly seed: number;
  readonly capacity: number;
  readonly energy: string;
  /** Null: the firmware as it is shipped, with its quirk. */
  readonly variant: string | null;
  readonly every: number;
  readonly polls: { readonly bms: string; readonly inverter: string };
  /** Whether the rules run, too. */
  readonly judges: boolean;
  readonly config: string;
}

export interface DayClosing {
  /** Times of switch-overs, with commas. */
  readonly left: string;
  readonly back: string;
  readonly bought: string;
  readonly bought_on_grid: string;
  readonly sun_used: string;
  readonly sun: string;
  readonly soc_before: string;
  readonly soc: string;
  readonly lowest_cell: string;
  readonly dark: number;
  readonly ticks: number;
  readonly seconds: string;
  readonly failed: number;
}

export const DEMO = {
  inverter: (where: string): string => `Simulated inverter (a recorded 48 V unit by day): ${where}`,
  bms: (where: string): string => `Simulated JK BMS (a recorded 16-cell pack): ${where}`,
  requests: (inverter: number, bms: number, forbidden: number): string =>
    `Requests on the lines: inverter ${inverter}, BMS ${bms}; forbidden ones: ${forbidden}`,
  exit: (code: number): string => `exit status ${code}`,
  rows: "Rows in station.db:",
  inverter_row: (time: string, state: string, pv: string, load: string, battery: string): string =>
    `inverter  ${time}  ${state}, PV ${pv}, load ${load}, battery ${battery}`,
  bms_row: (time: string, cells: number, volts: string, amperes: string, soc: string): string =>
    `bms       ${time}  ${cells} cells, ${volts}, ${amperes}, SoC ${soc}`,
  opening: (v: DayOpening): readonly string[] => [
    "A day of a solar station: simulated devices, real commands.",
    "",
    `Simulated   ${v.date} ${v.hours}, weather ${v.scenario}, seed ${v.seed}: panels of 1.3 kW, a house of about 0.75 kW,`,
    `            16 cells of ${v.capacity} Ah (${v.energy}) behind a BMS, the inverter, the grid.`,
    ...(v.variant === null
      ? [
          "The catch   this firmware all but stops using the sun once the battery is full and the grid is connected.",
          "            So the station disconnects the grid while sun and battery carry the house, and reconnects in time.",
        ]
      : [`            Firmware variant ${v.variant}.`]),
    `Real        every ${v.every} simulated minutes what cron starts: ${v.polls.bms} and ${v.polls.inverter} read the devices and store a`,
    ...(v.judges
      ? [
          "            sample; batmon judges the samples and, when it is time, orders register 20105, the grid switch",
          `            (1 = connected); ${v.polls.inverter} carries the order out a minute later and reads it back.`,
        ]
      : ["            sample each."]),
    `Config      ${v.config}`,
  ],
  closing: (v: DayClosing): readonly string[] => [
    `Left the grid   ${v.left || "never"}`,
    `Came back       ${v.back || (v.left ? "not yet" : "never left")}`,
    `Bought          ${v.bought}; on the grid all the time it would have been ${v.bought_on_grid}`,
    `Sun used        ${v.sun_used} of the ${v.sun} there was`,
    `Battery         ${v.soc_before} at the start, ${v.soc} at the end, lowest cell ${v.lowest_cell}`,
    `House dark      ${v.dark} min`,
    `Commands        ${v.ticks} ticks in ${v.seconds}, ${v.failed} commands failed`,
  ],
  kept: "Everything the day stored is kept. Look around as on a real station, at the day's own time:",
  wrote: (poll: string, value: number, on_grid: boolean): string =>
    `${poll} wrote 20105=${value}: ${on_grid ? "back on the grid" : "off the grid, the house lives on PV and battery"}`,
  tells: (message: string): string => `batmon tells the owner: ${message}`,
  orders: (value: number, reason: string): string => `batmon orders 20105=${value}: ${reason}`,
  progress: (v: { pv: string; load: string; grid: string; soc: string; on_grid: boolean }): string =>
    `PV ${v.pv}  house ${v.load}  grid ${v.grid}  battery ${v.soc}  ${v.on_grid ? "on the grid" : "off the grid"}`,
  chart: {
    pv: "PV",
    house: "house",
    battery: "battery",
    bought: "bought",
    grid: "grid",
    unused: "sun that found no use; only the simulation sees it",
    on_grid: "on the grid",
    off_grid: "off the grid: the house lives on PV and battery",
  },
};
