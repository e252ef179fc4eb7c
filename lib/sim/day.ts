import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { POLLS } from "../devices/index.ts";
import { plantDevices } from "../devices/plant-devices.ts";
import { makeInverter } from "../devices/simulators.ts";
import type { Speech } from "../words/index.ts";
import { clockText, type DayPoint, dayChart } from "./day-chart.ts";
import { type DrivenPlant, drivePlant } from "./day-drive.ts";
import type { DayOptions, DayResult } from "./day-options.ts";
import { closingText, configText, keptText, openingText, percentText, wattsText } from "./day-text.ts";
import type { CommandResult } from "./demo.ts";
import { type ServedDevice, serveDevice } from "./serve.ts";
import { SIMULATED_DIALECTS, simulatedBms } from "./simulated-bms.ts";

/** What the day needs from outside; it starts no process and opens no database itself. */
export interface DayTools {
  /** Folder for configuration and state. */
  readonly directory: string;
  /** Runs a command of the toolset that is told `now` (UTC seconds). */
  readonly runCommand: (name: string, args: readonly string[], now: number) => Promise<CommandResult>;
  readonly hasCommand: (name: string) => boolean;
  readonly print: (text: string) => void;
  /** A progress line may be drawn over and over. */
  readonly terminal: boolean;
  /** What the commands stored, oldest first. */
  readonly storedPoints: (directory: string, from: number, to: number) => readonly DayPoint[];
  /** What came of batmon's run at `at`. */
  readonly judgedAt: (directory: string, at: number) => DayVerdict;
  /** The folder stays when the day is over: say how to look around in it. */
  readonly kept: boolean;
  /** What is told, and by the commands too, in this language. */
  readonly lang: string;
  readonly speech: Speech;
}

/** What batmon made of the samples. */
export interface DayVerdict {
  /** An order to the grid switch with its reason. */
  readonly order: { readonly ongrid_switch: boolean; readonly reason: string } | null;
  /** Messages to the owner: switch-overs, alerts. */
  readonly messages: readonly string[];
}

const ORDER_FILE = "inverter_cmd.lst";
const NO_VERDICT: DayVerdict = { order: null, messages: [] };

/** One day of the plant through the real commands, told as it happens; ends with chart and report. */
export async function simulateDay(tools: DayTools, options: DayOptions): Promise<DayResult> {
  const driven = drivePlant(options.plant);
  const { inverter, bms } = plantDevices(driven.plant);
  const lines = [
    await serveDevice(makeInverter({ source: inverter }), { baud: null }),
    await serveDevice((await simulatedBms(SIMULATED_DIALECTS[0], { source: bms })).device, { baud: null }),
  ] as const;
  try {
    return await new Day(tools, options, driven, lines).run();
  } finally {
    for (const line of lines) await line.close();
  }
}

class Day {
  readonly #config: string;
  readonly #hasBatmon: boolean;
  readonly #switches: { at: number; ongrid_switch: boolean }[] = [];
  #ticks = 0;
  #failed = 0;
  #drawn = false;
  #saidHour = -1;

  constructor(
    private readonly tools: DayTools,
    private readonly options: DayOptions,
    private readonly driven: DrivenPlant,
    private readonly lines: readonly [ServedDevice, ServedDevice],
  ) {
    this.#config = join(tools.directory, "config.yaml");
    this.#hasBatmon = tools.hasCommand("batmon");
  }

  async run(): Promise<DayResult> {
    const { tools, options, driven } = this;
    const { plant } = driven;
    const [inverter, bms] = this.lines;
    writeFileSync(
      this.#config,
      configText(tools.directory, tools.lang, options.every, inverter.line.url, bms.line.url),
    );
    tools.print(openingText(options, driven, this.#config, this.#hasBatmon, tools.speech));
    driven.advanceTo(options.from);
    const before = { ...plant.energy, soc: plant.pack.soc };
    const began = performance.now();
    for (let minute = firstTick(options); minute <= options.to; minute = this.#nextTick(minute)) {
      driven.advanceTo(minute);
      await this.#tick();
    }
    driven.advanceTo(options.to);
    this.#clearProgress();
    const result = {
      ticks: this.#ticks,
      failed_commands: this.#failed,
      switches: this.#switches,
      bought: plant.energy.grid_import - before.grid_import,
      bought_on_grid: boughtOnGrid(options),
      pv: plant.energy.pv - before.pv,
      pv_available: plant.energy.pv_available - before.pv_available,
    };
    await this.#close(result, before.soc, (performance.now() - began) / 1000);
    return result;
  }

  async #close(result: DayResult, socBefore: number, seconds: number): Promise<void> {
    const { tools, options, driven } = this;
    const from = driven.epoch + 60 * options.from;
    const to = driven.epoch + 60 * options.to;
    const points = tools.storedPoints(tools.directory, from, to + 1);
    const { pv } = driven.plant.world;
    const sun = (at: number) => pv[Math.round((at - driven.epoch) / 60) - 1] ?? null;
    tools.print(
      `\n${dayChart(
        points.map((point) => ({ ...point, sun: sun(point.at) })),
        from,
        to,
        tools.speech.demo.chart,
      )}\n\n`,
    );
    tools.print(closingText(result, driven.plant, socBefore, seconds, tools.speech));
    if (this.#hasBatmon) {
      // Named, because at 24:00 it is no longer today.
      const day = new Date(1000 * from).toISOString().slice(0, 10);
      const report = await tools.runCommand("batmon", ["--config", this.#config, "--report", day, "--text"], to);
      const said = (report.exitCode === 0 ? report.stdout : report.stderr).trim();
      if (said !== "") tools.print(`\n$ batmon --report ${day}\n${said}\n`);
    }
    if (tools.kept) tools.print(keptText(this.#config, to, tools.speech));
  }

  #nextTick(minute: number): number {
    const { every } = this.options;
    return this.#orderWaits() ? minute + 1 : every * (Math.floor(minute / every) + 1);
  }

  #orderWaits(): boolean {
    try {
      return readFileSync(join(this.tools.directory, ORDER_FILE), "utf8").trim() !== "";
    } catch {
      return false;
    }
  }

  async #tick(): Promise<void> {
    const { tools, driven } = this;
    const { plant } = driven;
    const { demo } = tools.speech;
    const at = driven.now();
    const connected = plant.ongridSwitch;
    this.#ticks += 1;
    await Promise.all([this.#command(POLLS.bms, [], at), this.#command(POLLS.inverter, [], at)]);
    if (plant.ongridSwitch !== connected) {
      this.#switches.push({ at, ongrid_switch: plant.ongridSwitch });
      this.#say(at, demo.wrote(POLLS.inverter, Number(plant.ongridSwitch), plant.ongridSwitch));
    }
    if (this.#hasBatmon) {
      const run = await this.#command("batmon", [], at);
      const { order, messages } = run.exitCode === 0 ? tools.judgedAt(tools.directory, at) : NO_VERDICT;
      for (const message of messages) this.#say(at, demo.tells(message));
      if (order) this.#say(at, demo.orders(Number(order.ongrid_switch), order.reason));
    }
    this.#progress(at);
  }

  async #command(name: string, args: readonly string[], at: number): Promise<CommandResult> {
    const result = await this.tools.runCommand(name, ["--config", this.#config, ...args], at);
    if (result.exitCode !== 0) this.#failed += 1;
    const said = result.stderr.trim();
    if (said !== "") this.#say(at, said);
    else if (result.exitCode !== 0 && this.#failed === 1)
      this.#say(at, `${name}: ${this.tools.speech.demo.exit(result.exitCode)}`);
    return result;
  }

  #say(at: number, text: string): void {
    this.#clearProgress();
    this.tools.print(`${clockText(at)}  ${text}\n`);
  }

  #progress(at: number): void {
    const { plant } = this.driven;
    const hour = Math.floor(at / 3600);
    if (!this.tools.terminal && hour === this.#saidHour) return;
    this.#saidHour = hour;
    const { speech } = this.tools;
    const watts = (value: number): string => wattsText(value, speech.format.unit("W"));
    const told = speech.demo.progress({
      ...{ pv: watts(plant.pvPower), load: watts(plant.loadPower), grid: watts(plant.gridPowerShown) },
      ...{ soc: percentText(plant.pack.soc), on_grid: plant.ongridSwitch },
    });
    const text = `${clockText(at)}  ${told}`;
    this.tools.print(this.tools.terminal ? `\r\u001b[K${text}` : `${text}\n`);
    this.#drawn = this.tools.terminal;
  }

  #clearProgress(): void {
    if (this.#drawn) this.tools.print("\r\u001b[K");
    this.#drawn = false;
  }
}

function firstTick({ from, every }: DayOptions): number {
  // Minute 0 is before the plant's first step, with nothing to measure.
  return every * Math.max(1, Math.ceil(from / every));
}

/** kWh that the same house buys in the same weather when nobody touches the switch. */
function boughtOnGrid({ plant: choice, from, to }: DayOptions): number {
  const { plant, advanceTo } = drivePlant(choice);
  advanceTo(from);
  const before = plant.energy.grid_import;
  advanceTo(to);
  return plant.energy.grid_import - before;
}
