import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { uptime } from "node:os";
import { type TestContext, test } from "node:test";
import { systemClock } from "../../lib/base/clock.ts";
import { DeviceTimeout, UsageError } from "../../lib/base/errors.ts";
import { said } from "../../lib/base/failure/failure.ts";
import { Log } from "../../lib/cli/log.ts";
import { pollInverters } from "../../lib/jobs/poll-inverters.ts";
import { packsWithoutState, pollPacks } from "../../lib/jobs/poll-packs.ts";
import { invertersWithoutState, stateUsableAgain } from "../../lib/jobs/poll-without-state.ts";
import { polled } from "../../lib/jobs/polled.ts";
import { outsideFolders, readOutside, writeOutside } from "../../lib/station/outside-memory.ts";
import { startBotApi } from "../support/bot-api.ts";
import { orderStation } from "../support/orders.ts";
import { startSimulatedInverter } from "../support/simulated.ts";

const MEMORY = "station.db.unusable";
const SWITCH = 20105;
const HOURS_S = 3600;

type Simulation = Parameters<typeof startSimulatedInverter>[1];

/** An inverter off the grid, and a station whose log the test reads. */
async function offGrid(t: TestContext, options: Simulation = {}, sections: Readonly<Record<string, unknown>> = {}) {
  const sim = await startSimulatedInverter(t, options);
  sim.device.source.write(SWITCH, 0);
  const line = { port: sim.url, gap_ms: 5, timeout_ms: 2000, retries: 0 };
  const station = orderStation(t, { inverter: line, bms: [], ...sections });
  const said: string[] = [];
  const context = { ...station.context, log: new Log("pv1800-dump", 1, (text) => said.push(text)) };
  return { station, context, said, position: () => sim.device.source.read(SWITCH) };
}

test("off the grid and without a state file for long, the inverter goes back to the grid, and the owner is told", async (t) => {
  const bot = await startBotApi(t);
  const telegram = { token_file: bot.token_file, chat_ids: [1], api_base: bot.base };
  const { station, context, said, position } = await offGrid(t, {}, { notify: { telegram } });
  await invertersWithoutState(context);
  assert.equal(position(), 0, "a moment without the file is no reason");
  station.now += 2 * HOURS_S;
  await invertersWithoutState(context);
  assert.equal(position(), 1);
  const text = /The state file cannot be used for 2 h 0 min and the inverter was off the grid: it was switched back/;
  assert.match(said.join("\n"), text);
  assert.match(bot.texts(1).join("\n"), text);
  assert.match(bot.texts(1).join("\n"), /ALARM/);
  const told = bot.texts(1).length;
  await invertersWithoutState(context);
  assert.equal(bot.texts(1).length, told, "on the grid nothing is switched, nor told");
  stateUsableAgain(context);
  assert.equal(readOutside(context, MEMORY), null);
});

test("how long the file has failed is counted by the uptime of the same start, which no clock touches", async (t) => {
  const boot_id = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  for (const [name, kept, wanted] of [
    [
      "long ago by the uptime, although the clock was set back",
      { at: 2 ** 40, boot_id, uptime_s: uptime() - 2 * HOURS_S },
      1,
    ],
    ["just now by the uptime, although the clock leapt", { at: 0, boot_id, uptime_s: uptime() }, 0],
    ["long ago by the clock, of another start", { at: 0, boot_id: "other", uptime_s: 0 }, 1],
    ["at a time of the future: from now on", { at: 2 ** 40, boot_id: null, uptime_s: null }, 0],
    ["a memory that says nothing: from now on", {}, 0],
  ] as const) {
    const { context, position } = await offGrid(t);
    writeOutside(context, MEMORY, kept);
    await invertersWithoutState({ ...context, clock: systemClock });
    assert.equal(position(), wanted, name);
  }
});

test("a machine that does not take the order is told as such, whatever else it answers", async (t) => {
  for (const writes of [[{ kind: "keeps_old_value" }], [{ kind: "exception", code: 4 }]] as const) {
    const { context, station, position } = await offGrid(t, { writes: writes as never });
    writeOutside(context, MEMORY, { at: station.now - 2 * HOURS_S });
    await assert.rejects(invertersWithoutState(context), {
      name: "WriteMismatch",
      message: /ongrid_switch reads off after 3 writes of on/,
    });
    assert.equal(position(), 0);
  }
});

test("a machine that keeps silent is a failure; a message that cannot leave is none, for the switch has been made", async (t) => {
  const silent = await offGrid(t, { faults: [{ kind: "silent" }] });
  const [inverter] = [{ ...silent.context.config.inverter, timeout_ms: 50 }];
  const config = { ...silent.context.config, inverter };
  await silent.station.store.flush();
  writeOutside(silent.context, MEMORY, { at: silent.station.now - 2 * HOURS_S });
  await assert.rejects(invertersWithoutState({ ...silent.context, config }), { name: "DeviceTimeout" });
  assert.match(silent.said.join("\n"), /warning: .*no (reply|answer)/);

  const telegram = { token_file: "/nowhere/token", chat_ids: [1] };
  const { context, said, position } = await offGrid(t, {}, { notify: { telegram } });
  writeOutside(context, MEMORY, { at: 1_800_000_000 - 2 * HOURS_S });
  await invertersWithoutState(context);
  assert.equal(position(), 1);
  assert.match(said.join("\n"), /warning: \/nowhere\/token: cannot be read/);
});

test("where the owner switches for himself, for --raw, and without an inverter nothing is switched", async (t) => {
  for (const [sections, options] of [
    [{ batmon: { enabled: false } }, {}],
    [{}, { raw: true }],
    [{ inverter: { enabled: false } }, {}],
  ] as const) {
    const { context, position } = await offGrid(t, {}, sections);
    writeOutside(context, MEMORY, { at: 1_800_000_000 - 2 * HOURS_S });
    await invertersWithoutState({ ...context, options });
    assert.equal(position(), 0);
  }
});

test("packs without a state file: a port that is missing is told, and --raw keeps nothing", async (t) => {
  const { context } = orderStation(t, { bms: [{ port: "/dev/ttyNowhere" }] });
  const said: string[] = [];
  const telling = { ...context, log: new Log("jkbms-dump", 1, (text) => said.push(text)) };
  await packsWithoutState({ ...telling, options: { raw: true } });
  assert.deepEqual(said, []);
  await packsWithoutState(telling);
  assert.match(said.join("\n"), /^jkbms-dump: warning: .*\/dev\/ttyNowhere/);
  const raw = await pollPacks({ ...telling, options: { raw: true } });
  assert.deepEqual(raw?.json, {});
  assert.match(raw?.failure?.message ?? "", /ttyNowhere/);
});

test("a station without such a device has nothing to poll, and --accept-machine is for one machine", async (t) => {
  const { context } = orderStation(t, { bms: [] });
  assert.equal(await pollPacks(context), undefined);
  const two = orderStation(t, { more_inverters: [{ name: "second", port: "/dev/ttyB" }] }).context;
  await assert.rejects(pollInverters({ ...two, options: { acceptMachine: true } }), {
    name: "UsageError",
    message: "--accept-machine is for one of inverter, second; say --inverter NAME",
  });
});

test("rounds at a distance: trouble is over with the next good round, and each tells its answer", async (t) => {
  const printed: string[] = [];
  const { context } = orderStation(t);
  const rounds = (options: Readonly<Record<string, unknown>>, fail: readonly number[]) => {
    let count = 0;
    // Time stands still: how many rounds there are does not hang on how fast this computer is.
    const clock = { ...context.clock, monotonic: () => 0 };
    const given = { ...context, clock, options, print: (text: string) => printed.push(text) };
    return polled(given, async () => {
      count += 1;
      if (fail.includes(count)) throw new DeviceTimeout(said(`round ${count}`));
      return { answer: { json: { count }, text: () => `round ${count}` }, ofOrders: [] };
    });
  };
  await assert.rejects(rounds({ for: 5 }, []), (error: Error) => error instanceof UsageError);
  const over = await rounds({ repeat: 0.02, for: 0.05, text: true }, [1]);
  assert.deepEqual([over.json, over.failure], [{ rounds: 3 }, undefined]);
  assert.deepEqual(printed.splice(0), ["round 2\n\n", "round 3\n\n"]);
  const last = await rounds({ repeat: 0.02, for: 0.03, json: true }, [2]);
  assert.equal(last.failure?.message, "round 2");
  assert.deepEqual(printed.splice(0), ['{"count":1}\n']);
  const one = await rounds({ repeat: 0.01 }, []);
  assert.equal(one.text?.(false), "1 rounds");
  assert.deepEqual(printed, []);
});

test("what is remembered outside of the state file lies in a folder of the station's own", (t) => {
  const { context, folder } = orderStation(t);
  assert.equal(outsideFolders(context)[0], folder);
});
