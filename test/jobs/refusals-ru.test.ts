import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { StationError } from "../../lib/base/errors.ts";
import { parseCommandLine } from "../../lib/cli/program.ts";
import type { Context } from "../../lib/cli/spec.ts";
import { changeMode } from "../../lib/jobs/batmon/hand.ts";
import { showPlan } from "../../lib/jobs/batmon/plan-shown.ts";
import { why } from "../../lib/jobs/batmon/why.ts";
import { cancelOrder, setRegister } from "../../lib/jobs/inverter-cmd.ts";
import { runCase, stationCase } from "../../lib/jobs/station/case.ts";
import { STATION_COMMANDS } from "../../lib/jobs/station/commands.ts";
import { configCheck } from "../../lib/jobs/station/config.ts";
import { stationExport } from "../../lib/jobs/station/export.ts";
import { stationHistory } from "../../lib/jobs/station/history.ts";
import { stationReport } from "../../lib/jobs/station/report.ts";
import { stationStatus } from "../../lib/jobs/station/status.ts";
import { COMMAND_FAILURES_RU } from "../../lib/words/command-failures-ru.ts";
import { speech } from "../../lib/words/index.ts";
import { tellFailure } from "../../lib/words/tell-failure.ts";
import { orderStation } from "../support/orders.ts";
import { savePlantSamples } from "../support/plant-samples.ts";

type Given = Partial<Pick<Context, "args" | "options">>;
type Refusing = (context: Context) => Promise<unknown>;

const inRussian = (t: TestContext, sections: Readonly<Record<string, unknown>> = {}) => {
  const station = orderStation(t, sections);
  const { config } = station.context;
  const context = { ...station.context, config: { ...config, station: { ...config.station, lang: "ru" as const } } };
  return { ...station, context };
};

/** What is refused, as a Russian reads it. */
async function told(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof StationError) return tellFailure(error.failure, speech("ru"));
    throw error;
  }
  throw new Error("was not refused");
}

const REFUSALS: readonly (readonly [command: Refusing, given: Given, text: string])[] = [
  [changeMode, { options: { mode: "auot" } }, "режима «auot» нет; есть: auto, on-grid, off-grid, observe"],
  [why, { options: {} }, "решений ещё нет; запускался ли batmon?"],
  [showPlan, {}, "плана ещё нет: batmon составит его, когда прочтёт оба устройства и задан preset auto или planner"],
  [cancelOrder, { args: ["7"] }, "команды 7 нет; номера покажут inverter-cmd queue и inverter-cmd log"],
  [setRegister, { args: ["a b", "1"] }, "«a b» — не имя и не значение"],
  [stationReport, { args: ["mounth"] }, "«mounth» — не период; нужно day, month или year; может быть, month?"],
  [stationReport, { args: ["day", "2026-02-31"] }, "«2026-02-31» (день): в календаре такого нет"],
  [stationStatus, { args: ["bms.soc"] }, "bms: замеров не старше 180 с нет (не было ни одного)"],
  [stationStatus, { args: ["at.hour"] }, "at.hour: такого нет; at на части не делится"],
  [
    stationHistory,
    { options: { from: "1d", to: "now", columns: "battery_power" } },
    "«battery_power» есть у нескольких: inverter.battery_power или bms.battery_power",
  ],
  [
    stationExport,
    { options: { format: "csv", from: "1d", to: "now" } },
    "для csv нужно одно устройство; укажите --device, одно из: inverter, bms",
  ],
  [runCase, { args: ["/nowhere.json"] }, "/nowhere.json: нет такого файла; нужен файл, записанный station case"],
];

test("what commands refuse is read in Russian", async (t) => {
  const { context } = inRussian(t);
  for (const [command, given, text] of REFUSALS) {
    assert.equal(await told(() => command({ ...context, ...given })), text);
  }
});

test("a command that nobody knows is answered with the nearest one, and so is a word that is no choice", async () => {
  const station = { spec: { name: "station", about: "" }, commands: STATION_COMMANDS };
  const typed = (...argv: string[]) => told(async () => parseCommandLine(station, argv));
  assert.match(await typed("statsu"), /^команды «statsu» нет; может быть, station status\? Есть: status, history/);
  assert.match(await typed("weather"), /^команды «weather» нет; есть: status, history/);
  assert.match(await typed(), /^укажите одно из: status/);
  assert.match(
    await typed("export", "-f", "cvs"),
    /^-f, --format <format>: значения «cvs» нет; .*; может быть, csv\?$/,
  );
});

test("cases and answers are told in the station's language", async (t) => {
  const { context, folder, store, now } = inRussian(t);
  store.write(() => savePlantSamples(store, now - 60, { pv: 900 }));
  assert.equal((await configCheck(context)).text?.(false), "файла нет: всё по умолчанию");
  const made = await stationCase({ ...context, options: { at: "now", probe: false } });
  const lines = made.text?.(false).split("\n") ?? [];
  assert.match(lines[0] ?? "", /^случай 2027-01-15 08:00, \d+ кБ$/);
  assert.deepEqual(lines.slice(3, 6), [
    "  замеры: инвертора 1, батареи 1",
    "  решений: 0, команд: 0, тревог: 0",
    "  трасс нет (--no-probe)",
  ]);
  assert.equal(lines.at(-1), "ещё ничего не записано: station case --output ФАЙЛ.json");
  const path = join(folder, "case.json");
  const trace = { kind: "inverter", command: "pv1800-dump", slave: 4, lines: [], exit_code: 69, answer: null };
  writeFileSync(path, JSON.stringify({ ...(made.json as object), traces: [trace] }));
  const replayed = await runCase({ ...context, args: [path] });
  assert.equal(
    replayed.text?.(false),
    "–       pv1800-dump на записанном инверторе: ответа не было, сравнить не с чем",
  );
  const drawn = await stationHistory({ ...context, options: { from: "1h", to: "now", columns: "bms.soc" } });
  assert.match(drawn.text?.(false) ?? "", /Заряд.* \(bms\.soc\) {2}мин\. \d+\.\d {2}сред\. /);
});

/** What is the same in every language: commands, keys, formats, what a person types. */
const NAMES = new Set(
  "sudo station setup chmod rm adduser root user inverter-cmd queue log batmon preset auto planner day month year case NAME UTC BMS ongrid_switch off on URL line protocol JSON hex systemd page.file".split(
    " ",
  ),
);

test("no English is left in Russian refusals but names", () => {
  for (const [code, text] of Object.entries(COMMAND_FAILURES_RU)) {
    const own = text.replace(/\{[^}]*\}s?|(?<!\w)--?[a-z_-]+|docs\/\S+|SOLAR_\w+|0x\d+|\b\d+[a-z]\b/g, " ");
    const words = own.match(/[A-Za-z][\w.-]*/g) ?? [];
    assert.deepEqual(
      words.filter((word) => !NAMES.has(word)),
      [],
      code,
    );
  }
});
