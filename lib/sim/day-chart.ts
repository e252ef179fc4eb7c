import type { Speech } from "../words/index.ts";

/** What the station knew at one moment; powers W, null = no sample. */
export interface DayPoint {
  /** UTC seconds. */
  readonly at: number;
  readonly pv: number | null;
  /** What the sun would have given; only a simulation knows it. */
  readonly sun?: number | null;
  readonly load: number | null;
  /** + = import. */
  readonly grid: number | null;
  /** %. */
  readonly soc: number | null;
  readonly on_grid: boolean | null;
}

/** What stands beside and below the plots. */
export type ChartNames = Speech["demo"]["chart"];

interface Panel {
  readonly name: "pv" | "house" | "battery" | "bought";
  readonly unit: string;
  readonly rows: number;
  readonly value: (point: DayPoint) => number | null;
  /** Drawn in grey behind the value. */
  readonly behind?: (point: DayPoint) => number | null;
  /** Full scale; null: the next round number above the highest column. */
  readonly top: number | null;
}

const PANELS: readonly Panel[] = [
  { name: "pv", unit: "W", rows: 5, value: ({ pv }) => pv, behind: ({ sun }) => sun ?? null, top: null },
  { name: "house", unit: "W", rows: 3, value: ({ load }) => load, top: null },
  { name: "battery", unit: "%", rows: 4, value: ({ soc }) => soc, top: 100 },
  { name: "bought", unit: "W", rows: 3, value: ({ grid }) => (grid === null ? null : Math.max(0, grid)), top: null },
];
const EIGHTHS = " ▁▂▃▄▅▆▇█";
const BEHIND = "░";
const MODE = { on_grid: "─", off_grid: "█" } as const;
const NAME_WIDTH = 9;
const SCALE_WIDTH = 5;
/** Columns of the plot; with names and scale the chart stays below 95. */
const COLUMNS = 72;
const SCALE_STEP = 500;

/** The day in Unicode blocks: PV, house, battery, grid, and where the house was connected. At most 95 columns wide. */
export function dayChart(points: readonly DayPoint[], from: number, to: number, names: ChartNames): string {
  const bins = binned(points, from, to);
  const panels = PANELS.flatMap((panel) => [...panelLines(panel, bins, names), ""]);
  return [...panels, ...modeLines(bins, names), ...clockLines(from, to, names)].join("\n");
}

function binned(points: readonly DayPoint[], from: number, to: number): DayPoint[][] {
  const bins: DayPoint[][] = Array.from({ length: COLUMNS }, () => []);
  for (const point of points) {
    const column = Math.floor(((point.at - from) / (to - from)) * COLUMNS);
    bins[Math.min(COLUMNS - 1, column)]?.push(point);
  }
  return bins;
}

/** Mean of each column; where ticks are rarer than columns, the column before goes on. */
function columnsOf(bins: readonly (readonly DayPoint[])[], value: Panel["value"]): (number | null)[] {
  let before: number | null = null;
  return bins.map((bin) => {
    const known = bin.map(value).filter((one) => one !== null);
    if (known.length > 0) before = known.reduce((sum, one) => sum + one, 0) / known.length;
    else if (bin.length > 0) before = null;
    return before;
  });
}

function panelLines(panel: Panel, bins: readonly (readonly DayPoint[])[], names: ChartNames): string[] {
  const columns = columnsOf(bins, panel.value);
  const behind = panel.behind ? columnsOf(bins, panel.behind) : [];
  const highest = [...columns, ...behind].reduce((most: number, one) => Math.max(most, one ?? 0), 1);
  const top = panel.top ?? SCALE_STEP * Math.ceil(highest / SCALE_STEP);
  return Array.from({ length: panel.rows }, (_, index) => {
    const below = panel.rows - 1 - index;
    const height = (value: number) => {
      const eighths = Math.round((8 * panel.rows * value) / top) - 8 * below;
      return Math.max(0, Math.min(8, eighths));
    };
    const plot = columns.map((value, column) => {
      const filled = height(value ?? 0);
      return filled === 0 && height(behind[column] ?? 0) > 3 ? BEHIND : EIGHTHS[filled];
    });
    const scale = index === 0 ? `${top}` : below === 0 ? "0" : "";
    const name = index === 0 ? names[panel.name] : index === 1 ? panel.unit : "";
    return line(name, scale, plot.join(""));
  });
}

function modeLines(bins: readonly (readonly DayPoint[])[], names: ChartNames): string[] {
  const columns = columnsOf(bins, ({ on_grid }) => (on_grid === null ? null : Number(on_grid)));
  const plot = columns.map((share) => (share === null ? " " : share < 0.5 ? MODE.off_grid : MODE.on_grid));
  return [line(names.grid, "", plot.join(""))];
}

/** Hours below the plot; as many as fit. */
function clockLines(from: number, to: number, names: ChartNames): string[] {
  const hours = (to - from) / 3600;
  const step = [1, 2, 3, 6, 12].find((each) => (COLUMNS * each) / hours >= 6) ?? 24;
  const marks = new Array<string>(COLUMNS + 5).fill(" ");
  for (let at = Math.ceil(from / 3600) * 3600; at <= to; at += 3600 * step) {
    const column = Math.round(((at - from) / (to - from)) * COLUMNS);
    const text = at === to ? endClock(at) : clockText(at);
    for (const [i, letter] of [...text].entries()) marks[column + i] = letter;
  }
  const indent = " ".repeat(NAME_WIDTH + SCALE_WIDTH + 2);
  return [
    `${indent}${marks.join("").trimEnd()}`,
    `${indent}${BEHIND} ${names.unused}`,
    `${indent}${MODE.on_grid} ${names.on_grid}   ${MODE.off_grid} ${names.off_grid}`,
  ];
}

function line(name: string, scale: string, plot: string): string {
  return `${name.padEnd(NAME_WIDTH)}${scale.padStart(SCALE_WIDTH)} ${scale === "" ? "│" : "┤"}${plot}`.trimEnd();
}

/** `HH:MM` of UTC seconds. */
export function clockText(at: number): string {
  return new Date(at * 1000).toISOString().slice(11, 16);
}

/** Midnight at the end of a day is 24:00. */
function endClock(at: number): string {
  return at % 86400 === 0 ? "24:00" : clockText(at);
}
