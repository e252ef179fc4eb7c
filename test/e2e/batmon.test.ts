import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { decide } from "../../lib/rules/grid-switch/decide.ts";
import { recordJobRun } from "../../lib/store/jobs.ts";
import { insertOrder, latestOrders } from "../../lib/store/orders.ts";
import { ask } from "../../lib/store/publish.ts";
import { alertEventsAfter, latestMode } from "../../lib/store/rules.ts";
import { type Form, type TestStation, testStation } from "../support/command.ts";
import { runJob } from "../support/cron-jobs.ts";
import { feed, type PlantReading, writing } from "../support/plant-samples.ts";
import { startSimulatedInverter } from "../support/simulated.ts";

/** Noon in UTC, the time zone of these stations. */
const NOON = Date.UTC(2026, 5, 21, 12) / 1000;
/** A quick temper, where the shortest times of the rules are not the point. */
const HASTY = "rules: {dwell_on: 5, full_hold: 1}";
const FULL: PlantReading = { cell: 3400, soc: 99, pv: 900, load: 500, float: true };
const OFF: PlantReading = { on_grid: false, cell: 3320, soc: 70, pv: 600, load: 500 };

function orderLines({ folder }: TestStation): string[] {
  const file = join(folder, "inverter_cmd.lst");
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
}

/** Of every run, oldest first. The clock of a run goes on while it works: a busy machine decides a second later. */
function decisionTimes(station: TestStation): number[] {
  return station.look((store) => store.db.prepare("SELECT at FROM decisions ORDER BY at").pluck().all()) as number[];
}

/** Minutes of cron: fresh samples, then batmon 5 s later; the last as a process of its own, those before it in this one. */
async function minutes(
  station: TestStation,
  from: number,
  count: number,
  reading: PlantReading,
  form: Form = "bundled",
): Promise<number> {
  for (let minute = 0; minute < count; minute += 1) {
    const at = from + 60 * minute;
    feed(station, at, at + 1, reading);
    const { code, stderr, stdout } =
      minute < count - 1
        ? { ...(await runJob("batmon", station.configPath, at + 5)), stdout: "" }
        : await station.run("batmon", [], { now: at + 5, form });
    assert.deepEqual([code, stdout, stderr], [0, "", ""], `minute ${minute}`);
  }
  return from + 60 * count;
}

test("noon, full battery: one order to leave the grid in the command file, not one a minute", async (t) => {
  const station = testStation(t, "batmon: {mode: auto}");
  feed(station, NOON - 3600, NOON, FULL);
  let at = await minutes(station, NOON, 1, FULL, "source");
  assert.deepEqual(orderLines(station), [], "the rules keep their shortest time on the grid");
  at = await minutes(station, at, 24, FULL);
  const lines = orderLines(station);
  assert.match(lines[0] ?? "", /^20105=0 by batmon id grid-\d{10} life 180s$/);
  // Nobody carries it out here: it is repeated after its life of 3 min, never sooner.
  const times = lines.map((line) => Number(/grid-(\d+)/.exec(line)?.[1]));
  for (const [index, time] of times.slice(1).entries()) assert.ok(time - (times[index] as number) >= 180);
  assert.ok(lines.length <= 3, lines.join("\n"));
  const { stdout } = await station.run("batmon", ["--why", new Date((times[0] as number) * 1000).toISOString()]);
  assert.match(stdout, /order: leave the grid \(valid for 3\smin\)/);
  assert.match(stdout, /why: \[G\d\] leave the grid: /);
  assert.match(stdout, /charge 99\s%/);
});

test("the order is one that pv1800-dump carries out, and the change is told with its reason", async (t) => {
  const sim = await startSimulatedInverter(t);
  const inverter = `inverter: {port: "${sim.url}", gap_ms: 5, timeout_ms: 150}`;
  const station = testStation(t, `${inverter}\nbatmon: {mode: auto, ${HASTY}}`);
  feed(station, NOON - 3600, NOON, FULL);
  let at = NOON;
  while (orderLines(station).length === 0) {
    assert.ok(at < NOON + 40 * 60, "an order within 40 min");
    at = await minutes(station, at, 1, FULL);
  }
  const { code, stderr } = await station.run("pv1800-dump", [], { now: at });
  assert.equal(code, 0, stderr);
  const [order] = station.look((store) => latestOrders(store, 1));
  assert.deepEqual([order?.source, order?.key, order?.state], ["batmon", "ongrid_switch", "done"], `${order?.reason}`);
  at = await minutes(station, at + 60, 2, { ...FULL, on_grid: false });
  const events = station.look((store) => alertEventsAfter(store, 0));
  const told = events.find(({ alert }) => alert === "switched");
  assert.match(
    told?.text ?? "",
    /^The house is off-grid: the (battery is as good as full|sun is enough)\. Charge 99\s%/,
  );
  const { stdout } = await station.run("batmon", ["--json", "--why"]);
  assert.ok(!JSON.parse(stdout).decision.flags.includes("manual"), "our own order is nobody else's hand");
});

test("off-grid with a silent BMS: the order back to the grid, and an alarm", async (t) => {
  const station = testStation(t, "batmon: {mode: auto}");
  feed(station, NOON - 3600, NOON, OFF);
  let at = await minutes(station, NOON, 3, OFF);
  // The pack voltage that the inverter sees is low: no waiting for half an hour.
  at = await minutes(station, at, 14, { ...OFF, cell: 3240, without: ["bms"] });
  const lines = orderLines(station);
  assert.match(lines[0] ?? "", /^20105=1 by batmon id grid-\d{10} life 180s$/);
  const { stdout } = await station.run("batmon", ["--alerts", "--json"], { now: at });
  const stale = JSON.parse(stdout).alerts.find(({ key }: { key: string }) => key === "data_stale:bms");
  assert.equal(stale.severity, "critical");
  assert.match(stale.text, /No fresh data of the BMS: .* The house was off-grid when last seen/);
});

test("off-grid and both devices silent: the order back to the grid all the same", async (t) => {
  const station = testStation(t, "batmon: {mode: auto}");
  feed(station, NOON - 3600, NOON, OFF);
  const at = await minutes(station, NOON, 2, OFF);
  await minutes(station, at, 12, { without: ["bms", "inverter"] });
  assert.match(orderLines(station)[0] ?? "", /^20105=1 by batmon /);
});

test("mode observe decides and gives no order; the mode and who set it are kept", async (t) => {
  const station = testStation(t, `batmon: {mode: auto, ${HASTY}}`);
  feed(station, NOON - 3600, NOON, FULL);
  const set = await station.run("batmon", ["--mode", "observe"], { now: NOON });
  assert.equal(set.code, 0);
  assert.match(set.stdout, /^mode observe from the next run on; it was auto by the configuration/);
  const at = await minutes(station, NOON, 8, FULL);
  assert.deepEqual(orderLines(station), []);
  const { stdout } = await station.run("batmon", ["--why"], { now: at });
  assert.match(stdout, /mode observe, .*no order\nwhy: \[G\d\] only observing; would act: leave the grid/);
  const kept = station.look((store) => latestMode(store));
  assert.deepEqual([kept?.mode, kept?.source], ["observe", "hand"]);
  // The command's clock goes on from there.
  assert.ok(kept !== null && kept.at >= NOON && kept.at < NOON + 60, `${kept?.at}`);
});

test("a mode asked for by Home Assistant holds from the next run on; an unknown one changes nothing", async (t) => {
  const station = testStation(t, "batmon: {mode: auto}");
  feed(station, NOON - 3600, NOON, OFF);
  writing(station, (store) => ask(store, { at: NOON, what: "mode", value: "on-grid", source: "mqtt" }));
  let at = await minutes(station, NOON, 1, OFF);
  assert.match(orderLines(station)[0] ?? "", /^20105=1 by batmon /);
  writing(station, (store) => ask(store, { at, what: "mode", value: "sideways", source: "mqtt" }));
  at = await minutes(station, at, 1, OFF);
  const mode = station.look((store) => latestMode(store));
  assert.deepEqual([mode?.mode, mode?.source], ["on-grid", "mqtt"]);
  assert.ok(mode && mode.at >= NOON + 5 && mode.at < NOON + 60, `set at ${mode?.at}`);
});

test("--dry-run decides and changes nothing", async (t) => {
  const station = testStation(t, "batmon: {mode: on-grid}");
  feed(station, NOON - 3600, NOON, OFF);
  const { code, stdout } = await station.run("batmon", ["--dry-run", "--json"], { now: NOON + 5 });
  assert.equal(code, 0);
  const answer = JSON.parse(stdout);
  assert.deepEqual(answer.orders, [`20105=1 by batmon id grid-${answer.decision.at} life 180s`]);
  assert.deepEqual(orderLines(station), []);
  assert.equal((await station.run("batmon", ["--why"])).code, 64, "no decision was stored");
});

test("a silent device is told with the words of its poller, once, and its return too", async (t) => {
  const station = testStation(t, "batmon: {mode: auto}");
  feed(station, NOON - 600, NOON, {});
  const failing = { last_ok_at: NOON, failing_since: NOON + 30, failing_code: 69, last_told_at: NOON + 30 };
  const message = "no reply from /dev/ttyUSB1 in 500 ms (3 tries)";
  writing(station, (store) =>
    recordJobRun(
      store,
      { job: "jkbms-dump", started_at: NOON + 30, duration_ms: 900, exit_code: 69, message },
      failing,
    ),
  );
  let at = await minutes(station, NOON, 12, { without: ["bms"] });
  writing(station, (store) =>
    recordJobRun(
      store,
      { job: "jkbms-dump", started_at: at, duration_ms: 900, exit_code: 0, message: null },
      { last_ok_at: at, failing_since: null, failing_code: null, last_told_at: null },
    ),
  );
  at = await minutes(station, at, 4, {});
  const told = station.look((store) => alertEventsAfter(store, 0)).filter(({ alert }) => alert === "device_silent");
  assert.deepEqual(
    told.map(({ kind, key }) => [kind, key]),
    [
      ["raised", "device_silent:bms"],
      ["cleared", "device_silent:bms"],
    ],
  );
  assert.match(
    told[0]?.text ?? "",
    /^The BMS does not answer\. Look at cable, adapter and power; station doctor tells more\.$/,
  );
});

test("a register that obeyed and a relay that did not is an alarm", async (t) => {
  const station = testStation(t, "batmon: {mode: auto}");
  feed(station, NOON - 600, NOON, OFF);
  const at = await minutes(station, NOON, 8, { ...OFF, relay: true });
  const { stdout } = await station.run("batmon", ["--alerts"], { now: at });
  assert.match(
    stdout,
    /The inverter did not leave the grid after 3 tries\. Its setting took the order, the relay did not follow/,
  );
});

test("what somebody else wrote is told with old and new value", async (t) => {
  const station = testStation(t, "batmon: {mode: auto}");
  feed(station, NOON - 600, NOON, {});
  writing(station, (store) => {
    const order = {
      kind: "inverter",
      device: "inverter",
      queued_at: NOON,
      expires_at: NOON,
      source: "foreign",
    } as const;
    const change = { text: "ongrid_switch=off", key: "ongrid_switch", wanted_raw: 0, old_raw: 1, read_back_raw: 0 };
    insertOrder(store, {
      ...order,
      ...change,
      state: "done",
      why: { code: "foreign_changed", from: 1, to: 0 },
      finished_at: NOON,
    });
  });
  await minutes(station, NOON, 1, {});
  const [event] = station.look((store) => alertEventsAfter(store, 0));
  assert.equal(event?.text, '"On-grid switch" was changed, not by an order of this station: on → off.');
});

test("crossed thresholds are 78, and both keys are named", async (t) => {
  for (const [sections, ...names] of [
    ["batmon: {rules: {cell_panic: 3.1, cell_emergency: 3.0}}", "cell_panic", "cell_emergency"],
    ["batmon: {rules: {fresh: 10, stale: 5}}", "fresh", "stale"],
    ["alerts: {cell_low: {raise_below: 3.25}}", "raise_below", "clear_above"],
    ["alerts: {daylight_from_hour: 16, daylight_to_hour: 12}", "daylight_from_hour", "daylight_to_hour"],
    ["batmon: {bms: other}", "batmon.bms", "bms.*.name"],
    ["notify: {telegram: {chat_ids: [1]}}", "chat_ids", "token_file"],
  ] as const) {
    const { code, stderr } = await testStation(t, sections).run("batmon");
    assert.equal(code, 78, stderr);
    assert.match(stderr, /config\.yaml:2: /);
    for (const name of names) assert.ok(stderr.includes(name), `${name} in ${stderr}`);
  }
});

test("one alert tuned leaves the others as they are; one switched off says nothing", async (t) => {
  const station = testStation(t, "alerts: {data_stale: {older_than: 120}, device_silent: {enabled: false}}");
  feed(station, NOON - 600, NOON, {});
  await minutes(station, NOON, 4, { without: ["inverter"] });
  const events = station.look((store) => alertEventsAfter(store, 0));
  assert.deepEqual(
    events.map(({ key }) => key),
    ["data_stale:inverter"],
  );
});

test("--why --json prints the inputs; fed to the rules again they give the same decision", async (t) => {
  const station = testStation(t, "batmon: {mode: auto, rules: {reserve: 35, dwell_on: 5, full_hold: 1}}");
  feed(station, NOON - 900, NOON, FULL);
  const at = await minutes(station, NOON, 7, FULL);
  // Samples that came later, and other parameters by now, are none of that decision's business.
  feed(station, at, at + 600, OFF);
  const times = decisionTimes(station);
  assert.equal(times.length, 7);
  for (const time of times) {
    const { stdout, code } = await station.run("batmon", ["--json", "--why", String(time)], { now: at + 700 });
    assert.equal(code, 0);
    const { decision, input } = JSON.parse(stdout);
    assert.equal(decision.at, time);
    assert.equal(input.parameters.reserve, 35);
    assert.deepEqual(JSON.parse(JSON.stringify(decide(input).decision)), decision);
  }
});

test("a time without a decision, and one that is no time, are 64", async (t) => {
  const station = testStation(t, "batmon: {mode: auto}");
  feed(station, NOON - 600, NOON, {});
  await minutes(station, NOON, 1, {});
  for (const [given, says] of [
    ["2026-06-20 12:00", /no decision is kept from 2026-06-20 12:00/],
    ["noonish", /"noonish" is no moment; expected now/],
  ] as const) {
    const { code, stderr } = await station.run("batmon", ["--why", given], { now: NOON + 60 });
    assert.equal(code, 64);
    assert.match(stderr, says);
  }
  assert.match((await station.run("batmon", ["--why", "12:00"], { now: NOON + 3600 })).stderr, /no decision is kept/);
  assert.match((await station.run("batmon", ["--why", "12:01"], { now: NOON + 3600 })).stdout, /^2026-06-21 12:00 /m);
});

test("--report, today and by day", async (t) => {
  const station = testStation(t, "batmon: {mode: auto}");
  feed(station, NOON - 6 * 3600, NOON, OFF);
  const { stdout } = await station.run("batmon", ["--report"], { now: NOON });
  assert.match(stdout, /^Solar station, 21\sJun, until 12:00$/m);
  assert.match(stdout, /^Off-grid: 5\sh\s59\smin, on the grid: 0\ss$/m);
  const json = JSON.parse((await station.run("batmon", ["--report", "yesterday", "--json"], { now: NOON })).stdout);
  assert.equal(json.day, "2026-06-20");
  assert.equal(json.energy.pv, null, "nothing is known of that day");
  const wrong = await station.run("batmon", ["--report", "2026-02-30"], { now: NOON });
  assert.equal(wrong.code, 64);
});

test("--backtest puts the rules beside what really happened, also those of another file", async (t) => {
  const station = testStation(t, "batmon: {mode: auto}");
  feed(station, NOON - 6 * 3600, NOON, FULL);
  const span = "2026-06-21 06:00..2026-06-21 12:00";
  const { stdout, code } = await station.run("batmon", ["--backtest", span], { now: NOON });
  assert.equal(code, 0);
  assert.match(stdout, /^hours off-grid +5\.[0-9] +0\.0 +0\.0$/m);
  assert.match(stdout, /^bought, by the model \(kWh\) /m);
  assert.match(stdout, /^ {2}2026-06-21 06:\d\d {2}off the grid: the \w.+ \[G\d\]$/m);
  writeFileSync(
    station.configPath,
    readFileSync(station.configPath, "utf8").replace("station: {", "station: {lang: ru, "),
  );
  const russian = await station.run("batmon", ["--backtest", span], { now: NOON });
  assert.match(russian.stdout, /^часов без сети +5,[0-9] +0,0 +0,0$/m);
  assert.doesNotMatch(russian.stdout.replaceAll(/\[\w+\]|greedy/g, ""), /[a-z]/i);
  const other = join(station.folder, "other.yaml");
  writeFileSync(other, "batmon: {preset: original-2026, rules: {dwell_on: 60}}\n");
  const json = JSON.parse(
    (await station.run("batmon", ["--backtest", span, "--with", other, "--json"], { now: NOON })).stdout,
  );
  assert.equal(json.policy, "original-2026");
  assert.ok(json.rules.off_grid_hours < 5.1);
  assert.equal(json.real.switches, 0);
  assert.ok(json.model.always_on_grid.bought > json.model.rules.bought);
  assert.equal((await station.run("batmon", ["--backtest", "2026-06-01"], { now: NOON })).code, 64);
  assert.equal((await station.run("batmon", ["--backtest", "b..a"], { now: NOON })).code, 64);
});

test("a clock that is set back neither loses the mode of the switch nor repeats an order", async (t) => {
  const station = testStation(t, "batmon: {mode: auto}");
  feed(station, NOON - 3600, NOON, OFF);
  let at = await minutes(station, NOON, 3, OFF);
  at = await minutes(station, at - 7200, 6, OFF);
  assert.deepEqual(orderLines(station), []);
  const { stdout } = await station.run("batmon", ["--json", "--why"], { now: at });
  assert.equal(JSON.parse(stdout).decision.on_grid, false);
});

test("a disabled monitor does nothing", async (t) => {
  const station = testStation(t, "batmon: {enabled: false}");
  assert.deepEqual(await station.run("batmon", [], { now: NOON }), { code: 0, stdout: "", stderr: "" });
});
