import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { writeSingleRequest } from "../../lib/modbus/frame.ts";
import { type DayTools, simulateDay } from "../../lib/sim/day.ts";
import { type DayPoint, dayChart } from "../../lib/sim/day-chart.ts";
import { drivePlant } from "../../lib/sim/day-drive.ts";
import type { DayOptions } from "../../lib/sim/day-options.ts";
import { plantCommand, plantLine } from "../../lib/sim/plant-console.ts";
import { DEMO } from "../../lib/words/demo-en.ts";
import { speech } from "../../lib/words/index.ts";
import { rawClient } from "../support/raw-client.ts";
import { scratchDirectory } from "../support/scratch.ts";

const DAY: DayOptions = {
  plant: { scenario: "clear_summer", seed: 1, capacity_ah: 100, days: 1 },
  from: 600,
  to: 720,
  every: 30,
};

/** Stands for the commands: batmon orders once, pv1800-dump writes the register over the wire as the real one does. */
function stage(t: TestContext, changes: Partial<DayTools> = {}) {
  const directory = scratchDirectory(t);
  const orders = join(directory, "inverter_cmd.lst");
  const ran: string[] = [];
  let printed = "";
  let orderedAt: number | null = null;
  const tools: DayTools = {
    directory,
    terminal: false,
    print: (text) => {
      printed += text;
    },
    hasCommand: () => true,
    storedPoints: () => [],
    kept: false,
    ...{ lang: "en", speech: speech("en") },
    judgedAt: (_, at) =>
      at === orderedAt
        ? {
            order: { ongrid_switch: false, reason: "the sun covers the house" },
            messages: ["a cell is high"],
          }
        : { order: null, messages: [] },
    runCommand: async (name, args, now) => {
      const minute = (now % 86400) / 60;
      ran.push(`${name} ${minute}${args.includes("--report") ? " report" : ""}`);
      if (name === "batmon" && minute === 630) {
        orderedAt = now;
        appendFileSync(orders, "20105=>0\n");
      }
      if (name === "pv1800-dump" && existsSync(orders)) {
        const [port] =
          /\d+$/m.exec(/inverter:\n {2}port: (.*)/.exec(readFileSync(args[1] as string, "utf8"))?.[1] ?? "") ?? [];
        const client = await rawClient(t, Number(port));
        client.send(writeSingleRequest(4, 20105, 0).bytes);
        await client.atLeast(8);
        rmSync(orders);
      }
      return { exitCode: 0, stdout: args.includes("--report") ? "a report\n" : "", stderr: "" };
    },
    ...changes,
  };
  return { tools, ran, printed: () => printed };
}

test("a day ticks as cron would, carries an order out a minute later, tells it, and ends with chart and report", async (t) => {
  const { tools, ran, printed } = stage(t);
  const result = await simulateDay(tools, DAY);
  assert.deepEqual(
    ran.filter((one) => one.startsWith("pv1800-dump")),
    [600, 630, 631, 660, 690, 720].map((minute) => `pv1800-dump ${minute}`),
  );
  assert.equal(ran.at(-1), "batmon 720 report");
  assert.equal(result.ticks, 6);
  assert.deepEqual(
    result.switches.map(({ at, ongrid_switch }) => [(at % 86400) / 60, ongrid_switch]),
    [[631, false]],
  );
  assert.ok(result.bought < result.bought_on_grid, `${result.bought} kWh, on the grid ${result.bought_on_grid} kWh`);
  const text = printed();
  assert.match(text, /^10:30 {2}batmon orders 20105=0: the sun covers the house$/m);
  assert.match(text, /^10:30 {2}batmon tells the owner: a cell is high$/m);
  assert.match(text, /^10:31 {2}pv1800-dump wrote 20105=0: off the grid/m);
  assert.match(text, /^11:00 {2}PV .* off the grid$/m);
  assert.match(text, /^Left the grid {3}10:31$/m);
  assert.match(text, /\$ batmon --report 2026-06-21\na report/);
  assert.doesNotMatch(text, /SOLAR_STATION_NOW/);
});

test("failing commands are counted and heard; without batmon nobody judges", async (t) => {
  const { tools, printed } = stage(t, {
    hasCommand: () => false,
    runCommand: async (name) =>
      name === "jkbms-dump"
        ? { exitCode: 69, stdout: "", stderr: "jkbms-dump: error: no reply\n" }
        : { exitCode: 0, stdout: "", stderr: "" },
  });
  const result = await simulateDay(tools, DAY);
  assert.equal(result.failed_commands, 5);
  assert.equal(result.bought, result.bought_on_grid);
  assert.match(printed(), /^10:00 {2}jkbms-dump: error: no reply$/m);
  assert.doesNotMatch(printed(), /batmon/);
});

test("a night on another firmware: both ways of the switch, a command that fails without a word, a report that fails with one", async (t) => {
  const due = [0, 1];
  const { tools, printed } = stage(t, {
    storedPoints: (_, from) => [
      { at: from, pv: 0, load: null, grid: null, soc: 50, on_grid: null },
      { at: from + 3600, pv: 0, load: 700, grid: 700, soc: 50, on_grid: true },
    ],
    runCommand: async (name, args) => {
      if (args.includes("--report"))
        return { exitCode: 70, stdout: "half a report\n", stderr: "batmon: error: no report\n" };
      if (name === "batmon") return { exitCode: 3, stdout: "", stderr: "" };
      const word = name === "pv1800-dump" ? due.shift() : undefined;
      if (word !== undefined) {
        const [port] =
          /\d+$/m.exec(/inverter:\n {2}port: (.*)/.exec(readFileSync(args[1] as string, "utf8"))?.[1] ?? "") ?? [];
        const client = await rawClient(t, Number(port));
        client.send(writeSingleRequest(4, 20105, word).bytes);
        await client.atLeast(8);
      }
      return { exitCode: 0, stdout: "", stderr: "" };
    },
  });
  const plant = { ...DAY.plant, variant: "none" } as const;
  const result = await simulateDay(tools, { plant, from: 0, to: 1440, every: 360 });
  assert.deepEqual([result.failed_commands, result.ticks, result.switches.length], [4, 4, 2]);
  const text = printed();
  assert.match(text, /^Simulated {3}2026-06-21 00:00-24:00, weather clear_summer/m);
  assert.match(text, /^ +Firmware variant none\.$/m);
  assert.doesNotMatch(text, /The catch/);
  assert.match(text, /^06:00 {2}pv1800-dump wrote 20105=0: off the grid/m);
  assert.match(text, /^12:00 {2}pv1800-dump wrote 20105=1: back on the grid$/m);
  assert.equal(text.match(/batmon: exit status 3/g)?.length, 1, "said once");
  assert.match(text, /^Came back {7}12:00$/m);
  assert.match(text, /\$ batmon --report 2026-06-21\nbatmon: error: no report/);
  assert.doesNotMatch(text, /half a report/);
});

test("a day that is kept says how to look around in it, and its rules look back over three ticks", async (t) => {
  const { tools, printed } = stage(t, { kept: true });
  await simulateDay(tools, { ...DAY, every: 5, to: 610 });
  const config = join(tools.directory, "config.yaml");
  assert.ok(
    printed().includes(
      `export SOLAR_STATION_CONFIG=${config} SOLAR_STATION_NOW=${Date.UTC(2026, 5, 21, 10, 10) / 1000}`,
    ),
  );
  assert.match(readFileSync(config, "utf8"), /voltage_window: 20/);
});

test("on a terminal one progress line is drawn over and over", async (t) => {
  const { tools, printed } = stage(t, { terminal: true });
  await simulateDay(tools, DAY);
  const over = "\r\u001b[K";
  assert.ok(printed().includes(`${over}10:00  PV`));
  assert.ok(printed().includes(`${over}10:30  batmon tells the owner`));
});

test("the chart shows values, gaps, unused sun and the switch, within 95 columns", () => {
  const midnight = Date.UTC(2026, 5, 21) / 1000;
  const points: DayPoint[] = Array.from({ length: 288 }, (_, i) => {
    const hour = i / 12;
    const lost = hour >= 3 && hour < 4;
    return {
      at: midnight + 300 * i,
      pv: hour >= 6 && hour < 12 ? 1000 : 0,
      sun: hour >= 6 && hour < 18 ? 1000 : 0,
      load: lost ? null : 750,
      grid: hour < 9 ? 780 : -300,
      soc: 50,
      on_grid: hour < 9,
    };
  });
  const lines = dayChart(points, midnight, midnight + 86400, DEMO.chart).split("\n");
  const plotOf = (index: number) => [...(lines[index] as string)].slice(16).join("");
  assert.ok(lines.every((line) => [...line].length <= 95));
  assert.equal(lines[0]?.slice(0, 16), "PV        1000 ┤");
  assert.equal(plotOf(0), `${" ".repeat(18)}${"█".repeat(18)}${"░".repeat(18)}`);
  const house = lines.findIndex((line) => line.startsWith("house"));
  assert.equal(plotOf(house + 2), "█".repeat(72).replace(/^(.{9}).../, "$1   "));
  const battery = lines.findIndex((line) => line.startsWith("battery"));
  assert.deepEqual([plotOf(battery + 1), plotOf(battery + 2)], ["", "█".repeat(72)]);
  const bought = lines.findIndex((line) => line.startsWith("bought"));
  assert.equal(plotOf(bought + 2), "█".repeat(27));
  assert.ok(lines.at(-1)?.trim().startsWith("─ on the grid   █ off the grid"));
  assert.equal(plotOf(lines.findIndex((line) => line.startsWith("grid"))), `${"─".repeat(27)}${"█".repeat(45)}`);
  assert.ok(lines.some((line) => /^ {16}00:00 .* 12:00 .* 24:00$/.test(line)));
});

test("the chart of a short span goes on between ticks that are rarer than its columns", () => {
  const points = [0, 1800, 3600].map((at) => ({ at, pv: 500, load: 500, grid: 0, soc: 100, on_grid: false }));
  const lines = dayChart(points, 0, 3600, DEMO.chart).split("\n");
  assert.equal(lines[0], `PV         500 ┤${"█".repeat(72)}`);
  assert.ok(lines.some((line) => line.includes("00:00") && line.includes("01:00")));
});

test("the chart leaves empty what is not known, until it is known again", () => {
  const points = [0, 1, 2].map((hour) => ({
    at: 3600 * hour,
    pv: null,
    load: null,
    grid: hour === 1 ? 700 : null,
    soc: null,
    on_grid: hour === 1 ? null : true,
  }));
  const lines = dayChart(points, 0, 86_400, DEMO.chart).split("\n");
  const plotOf = (name: string) => (lines.find((line) => line.startsWith(name)) as string).slice(16);
  assert.equal(plotOf("grid"), `${"─".repeat(3)}${" ".repeat(3)}${"─".repeat(66)}`);
  assert.equal(plotOf("PV"), "");
});

test("a plant is driven by the minute, dated by its scenario, and repeats with its seed", () => {
  const one = drivePlant(DAY.plant);
  const other = drivePlant(DAY.plant);
  one.advanceTo(100);
  other.advanceTo(60);
  other.advanceTo(60);
  other.advanceTo(100);
  assert.equal(one.now(), Date.UTC(2026, 5, 21, 1, 40) / 1000);
  assert.equal(one.plant.pack.soc, other.plant.pack.soc);
  assert.equal(drivePlant({ ...DAY.plant, epoch: 86400 }).now(), 86400);
});

test("the control interface steps, takes the grid away, sets the load, and says what it did not understand", () => {
  const driven = drivePlant(DAY.plant);
  assert.match(plantCommand(driven, "step 60") ?? "", /\(01:00\).*house \d+ W.*20105=1$/);
  assert.equal(driven.plant.minute, 60);
  plantCommand(driven, "load 500");
  assert.match(plantCommand(driven, " step ") ?? "", /house 500 W/);
  plantCommand(driven, "grid off");
  assert.match(plantCommand(driven, "step") ?? "", /off_grid, 20105=1, outage$/);
  plantCommand(driven, "grid on");
  plantCommand(driven, "load auto");
  plantCommand(driven, "step");
  assert.equal(driven.plant.gridPresent, true);
  assert.equal(driven.plant.loadPower, driven.houseLoad[62]);
  assert.equal(plantCommand(driven, "state"), plantLine(driven));
  assert.equal(plantCommand(driven, ""), "");
  assert.equal(plantCommand(driven, "quit"), null);
  for (const wrong of ["step 0", "step x", "grid", "grid maybe", "load", "load -1", "state now", "jump", "step 1 2"]) {
    assert.match(plantCommand(driven, wrong) ?? "", /expected: step/, wrong);
  }
  assert.equal(driven.plant.minute, 63);
});

test("a house that nothing feeds is told as dark", () => {
  const driven = drivePlant(DAY.plant);
  driven.plant.setBmsSwitches({ discharge: false });
  plantCommand(driven, "grid off");
  assert.match(plantCommand(driven, "step") ?? "", /20105=1, outage, house dark$/);
});
