import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Context } from "../../lib/cli/spec.ts";
import { configSchema } from "../../lib/config/schema.ts";
import { configCheck } from "../../lib/jobs/station/config.ts";
import type { ToldCheck } from "../../lib/jobs/station/doctor-text.ts";
import { lockPort } from "../../lib/store/port-lock.ts";
import * as host from "../../lib/support/host-checks.ts";
import * as network from "../../lib/support/network-checks.ts";
import * as ports from "../../lib/support/port-checks.ts";
import { BOT_TOKEN, refusal, startBotApi } from "../support/bot-api.ts";
import { told } from "../support/doctor.ts";
import { orderStation } from "../support/orders.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { freePort } from "../support/simulated.ts";

const hostChecks = (context: Context) => told(context, host.hostChecks(context));
const networkChecks = async (context: Context) => told(context, await network.networkChecks(context));
const portChecks = (context: Context) => told(context, ports.portChecks(context));

const find = (checks: readonly ToldCheck[], name: string) => {
  const { level, text, hint } = checks.find((check) => check.name === name) ?? { level: "missing", text: "", hint: "" };
  return [level, text, hint] as const;
};

/** The context of one station, with another configuration each time. */
function configuring(t: TestContext): (sections: Readonly<Record<string, unknown>>) => Context {
  const { context, folder } = orderStation(t);
  return (sections) => ({ ...context, config: configSchema.parse({ station: { state_dir: folder }, ...sections }) });
}

function secret(t: TestContext, mode: number): string {
  const path = join(scratchDirectory(t), "secret");
  writeFileSync(path, "hunter2\n", { mode });
  return path;
}

test("an old Node is named with what to install", (t) => {
  assert.equal(host.nodeVersion("20.0.0").level, "ok");
  assert.deepEqual(told(orderStation(t).context, [host.nodeVersion("18.19.1")]), [
    {
      ...{ name: "node", title: "node", level: "fail", code: "node_old" },
      ...{ text: "version 18.19.1 is too old", hint: "install Node 20 or newer" },
    },
  ]);
});

test("without a configuration, and with a clock that nobody has set", (t) => {
  const station = orderStation(t);
  station.now = 3600;
  const checks = hostChecks(station.context);
  assert.deepEqual(find(checks, "configuration").slice(0, 2), ["warn", "no file; defaults are in use"]);
  const [level, text, hint] = find(checks, "clock");
  assert.deepEqual([level, text], ["fail", "it says 1 Jan 1970, 01:00"]);
  assert.match(hint ?? "", /systemd-timesyncd or chrony/);
});

test("a state directory that is missing, in memory, or on a full disk", (t) => {
  const configured = configuring(t);
  const looked = (state_dir: string) => hostChecks(configured({ station: { state_dir } }));
  const missing = looked("/nowhere/station");
  assert.deepEqual(find(missing, "state directory").slice(0, 2), ["fail", "/nowhere/station is missing"]);
  assert.deepEqual(find(missing, "disk"), ["skip", "no state directory yet", null]);
  assert.deepEqual(find(missing, "disk wear"), ["skip", "no state directory yet", null]);
  const folder = scratchDirectory(t, "/dev/shm");
  const [level, text] = find(looked(folder), "state directory");
  assert.deepEqual([level, text], ["fail", `${folder} is in memory and is lost with the power`]);
  // A file system without any room.
  const full = looked("/proc");
  assert.deepEqual(find(full, "disk").slice(0, 2), ["fail", "0 MiB free (0 %)"]);
  assert.deepEqual(find(full, "disk wear").slice(0, 2), [
    "skip",
    "the kernel does not count writes of this file system",
  ]);
});

test("a key of TLS that others may read is told, and one that is closed is well", (t) => {
  const configured = configuring(t);
  for (const [mode, level, text] of [
    [0o600, "ok", /is closed to others$/],
    [0o640, "fail", /: mode 640 lets others read it$/],
  ] as const) {
    const mqtt = { key_file: secret(t, mode), cert_file: "/etc/station.crt" };
    const checks = hostChecks(configured({ mqtt }));
    assert.equal(find(checks, "mqtt.key_file")[0], level);
    assert.match(find(checks, "mqtt.key_file")[1], text);
  }
  const gone = hostChecks(configured({ notify: { dead_man: { url_file: "/nowhere/url" } } }));
  assert.deepEqual(find(gone, "notify.dead_man.url_file")[1], "/nowhere/url: cannot be read (ENOENT)");
});

test("config check: an open secret is refused; of a file that cannot be looked at nothing is said", async (t) => {
  const configured = configuring(t);
  const open = configured({ mqtt: { password_file: secret(t, 0o644) } });
  await assert.rejects(configCheck(open), /mqtt\.password_file: .* mode 644 lets others read .* sudo chmod 600/);
  const loop = join(scratchDirectory(t), "loop");
  symlinkSync(loop, loop);
  for (const password_file of [loop, "/nowhere/secret", secret(t, 0o600)]) {
    const answer = await configCheck(configured({ mqtt: { password_file } }));
    assert.equal(answer.text?.(false), "no file: every key has its default");
  }
  const answer = await configCheck({ ...configured({}), configPath: "/etc/x.yaml" });
  assert.equal(answer.text?.(false), "/etc/x.yaml: valid");
});

test("the broker is looked for on the usual port of its protocol", async (t) => {
  const configured = configuring(t);
  // An address of this computer that nobody else uses.
  for (const [url, port] of [
    ["mqtt://127.77.77.77", 1883],
    ["mqtts://127.77.77.77", 8883],
    ["ws://127.77.77.77/mqtt", 80],
  ] as const) {
    const checks = await networkChecks(configured({ mqtt: { enabled: true, url } }));
    assert.match(find(checks, "broker")[1], new RegExp(`^127\\.77\\.77\\.77:${port}[: ]`));
  }
});

test("the bot: a token that is valid, a server in trouble, one that is away, a file that is missing", async (t) => {
  const configured = configuring(t);
  const bot = await startBotApi(t);
  const look = async (changes: Readonly<Record<string, unknown>> = {}) => {
    const telegram = { token_file: bot.token_file, chat_ids: [1], api_base: `${bot.base}/`, ...changes };
    return find(await networkChecks(configured({ notify: { telegram } })), "telegram");
  };
  assert.deepEqual(await look(), ["ok", "the token is valid", null]);
  bot.faults.set("getMe", [{ fault: refusal(502, "Bad Gateway") }]);
  assert.deepEqual(await look(), ["fail", "the server answered 502", "try again later"]);
  bot.faults.set("getMe", [{ fault: refusal(404, "Not Found") }]);
  assert.deepEqual(await look(), ["fail", "the server answered 404", "ask @BotFather for the token"]);
  const [level, text, hint] = await look({ api_base: `http://127.0.0.1:${await freePort()}` });
  assert.deepEqual([level, hint], ["fail", "is the internet reachable from here?"]);
  assert.ok(!text.includes(BOT_TOKEN), text);
  const missing = await look({ token_file: "/nowhere/token" });
  assert.deepEqual(missing.slice(0, 2), ["fail", "/nowhere/token: cannot be read (ENOENT)"]);
});

test("ports: one that is missing, one that is free, and who holds a gateway or a tty", async (t) => {
  const folder = scratchDirectory(t);
  const tty = join(folder, "ttyPack");
  writeFileSync(tty, "");
  const { context } = orderStation(t, {
    inverter: { port: "tcp://127.0.0.1:8899" },
    more_inverters: [{ name: "second", port: join(folder, "ttyGone") }],
    bms: [{ port: tty }],
  });
  const before = portChecks(context);
  assert.deepEqual(find(before, "port inverter"), ["ok", "tcp://127.0.0.1:8899", null]);
  assert.deepEqual(find(before, "port second").slice(0, 2), ["fail", `${join(folder, "ttyGone")} is not there`]);
  assert.match(find(before, "port second")[2] ?? "", /^there are: |^no USB adapter is seen/);
  assert.deepEqual(find(before, "port bms"), ["ok", `${tty} is free`, null]);
  const locks = [];
  for (const key of ["tcp://127.0.0.1:8899", tty]) locks.push(await lockPort(context.config.station, key, 0));
  const used = portChecks(context);
  assert.match(find(used, "port inverter")[1], new RegExp(`^tcp://127.0.0.1:8899, now used by .*pid ${process.pid}$`));
  assert.match(find(used, "port bms")[1], new RegExp(`^${tty}, now used by .*pid ${process.pid}$`));
  for (const lock of locks) lock.release();
});
