import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { test } from "node:test";
import { cursor } from "../../lib/store/publish.ts";
import { makeCertificates, observe, startBroker } from "../support/broker.ts";
import { mqttStation, secretFile } from "../support/mqtt-station.ts";
import { requirePart } from "../support/parts.ts";
import { freePort } from "../support/simulated.ts";
import { waitFor } from "../support/wait.ts";
import { webSocketsBefore } from "../support/web-sockets.ts";

const skip = requirePart("mosquitto");
const NOW = 1_790_000_000;
const SECRET = "pa55-wOrd-7f3a";
const CONFIG = "homeassistant/device/solar_station_inverter/config";

for (const persistence of [true, false]) {
  const memory = persistence ? "with" : "without";
  test(`broker restarted ${memory} its memory: the entities are back within two runs`, { skip }, async (t) => {
    const broker = await startBroker(t, { persistence });
    const station = mqttStation(t, broker);
    station.poll(NOW);
    await station.push(NOW);
    await broker.stop();
    await broker.start();
    station.poll(NOW + 60);
    const first = await station.push(NOW + 60);
    assert.equal(first.session_present, persistence);
    station.poll(NOW + 120);
    await station.push(NOW + 120);
    // Home Assistant connects last: only what is retained counts.
    const home = await observe(t, broker);
    await waitFor(() => home.last.has(CONFIG) && home.last.has("solar_station/inverter/state"));
    await waitFor(() => home.last.get("solar_station/status") === "online");
    await waitFor(() => home.last.get("solar_station/bms/availability") === "online");
  });
}

test("silence of the station: the broker says offline once, after the delay", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker, "will_delay_s: 6, session_expiry_s: 10");
  station.poll(NOW);
  for (const second of [0, 1, 2]) await station.push(NOW + second);
  await waitFor(() => home.last.get("solar_station/status") === "offline", "the dead-man will");
  const said = home.messages.filter(({ topic }) => topic === "solar_station/status").map(({ payload }) => payload);
  assert.deepEqual(said, ["online", "online", "online", "offline"]);
});

test("discovery is sent when it changed, once a day, and when asked for", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  const sent = () => home.messages.filter(({ topic }) => topic === CONFIG).length;
  const visit = async (now: number, ...args: string[]) => {
    station.poll(now);
    await station.push(now, args);
    const state = () => JSON.parse(home.last.get("solar_station/inverter/state") ?? "{}");
    const want = new Date(now * 1000).toISOString().replace(".000Z", "Z");
    await waitFor(() => state().sample_time === want, "the state of this visit");
    return sent();
  };
  assert.equal(await visit(NOW), 1);
  assert.equal(await visit(NOW + 60), 1);
  assert.equal(await visit(NOW + 120, "--discovery"), 2);
  assert.equal(await visit(NOW + 180 + 86_400), 3);
});

test("an old sample is never told twice, a dead BMS does not hide the inverter", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  station.poll(NOW);
  await station.push(NOW);
  await station.push(NOW + 60);
  station.poll(NOW + 185, ["inverter"]);
  await station.push(NOW + 185);
  await waitFor(() => home.last.get("solar_station/bms/availability") === "offline");
  assert.equal(home.last.get("solar_station/inverter/availability"), "online");
  const states = (device: string) =>
    home.messages.filter(({ topic }) => topic === `solar_station/${device}/state`).length;
  await waitFor(() => states("inverter") === 2);
  assert.equal(states("bms"), 1);
});

test("entities of a unit that left the configuration are taken back, and --purge takes all", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  station.poll(NOW);
  await station.push(NOW);
  await waitFor(() => home.last.has("homeassistant/device/solar_station_bms/config"));
  writeFileSync(
    station.configPath,
    readFileSync(station.configPath, "utf8").replace(/\n\n?$/, "\nbms: [{name: other, port: /dev/ttyUSB5}]\n"),
  );
  await station.push(NOW + 60);
  await waitFor(() => home.last.get("homeassistant/device/solar_station_bms/config") === "");
  await waitFor(() => home.last.get("solar_station/bms/state") === "");
  assert.notEqual(home.last.get(CONFIG), "");
  await station.push(NOW + 120, ["--purge"]);
  await waitFor(() => home.last.get("solar_station/status") === "");
  const late = await observe(t, broker);
  await late.publish("end", "x");
  await waitFor(() => late.last.has("end"));
  assert.deepEqual([...late.last.keys()], ["end"]);
});

test("the samples of an outage arrive in order with their true time, each once", { skip }, async (t) => {
  const broker = await startBroker(t);
  const station = mqttStation(t, broker, "backlog: true");
  station.poll(NOW);
  await station.push(NOW);
  await broker.stop();
  for (let minute = 1; minute <= 30; minute++) station.poll(NOW + minute * 60);
  const away = await station.run("mqtt-push", [], { now: NOW + 1800 });
  assert.equal(away.code, 69);
  await broker.start();
  const home = await observe(t, broker);
  station.poll(NOW + 1860);
  const back = await station.run("mqtt-push", ["--json"], { now: NOW + 1860 });
  assert.equal(back.code, 0);
  assert.match(back.stderr, /works again/);
  assert.equal(JSON.parse(back.stdout).history_sent, 62);
  const topic = "solar_station/inverter/history";
  const history = () => home.messages.filter((m) => m.topic === topic).map((m) => JSON.parse(m.payload));
  await waitFor(() => history().length === 31);
  const times = history().map(({ timestamp }) => timestamp);
  assert.deepEqual(
    times,
    Array.from({ length: 31 }, (_, i) => NOW + 60 + i * 60),
  );
  assert.equal(history()[0].pv_power, 511);
  assert.equal(history()[0].work_state, "grid_tie");
  const states = home.messages.filter((m) => m.topic === "solar_station/inverter/state");
  assert.equal(states.length, 1);
  assert.equal((await station.push(NOW + 1861)).history_sent, 0);
  assert.equal(
    station.look((store) => cursor(store, "mqtt_history:inverter")),
    NOW + 1860,
  );
});

test("--stay: a command acts within the minute, new samples follow", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker, "min_interval_s: 0");
  station.poll(NOW);
  const run = station.start("mqtt-push", ["--stay", "20s", "--json"], { now: NOW });
  await waitFor(() => home.last.has("solar_station/inverter/state"));
  await home.publish("solar_station/inverter/ongrid_switch/set", "OFF");
  await waitFor(() => home.last.has("solar_station/inverter/ongrid_switch/result"));
  assert.equal(run.child.exitCode, null);
  station.poll(NOW + 1, ["bms"]);
  const want = new Date((NOW + 1) * 1000).toISOString().replace(".000Z", "Z");
  await waitFor(() => JSON.parse(home.last.get("solar_station/bms/state") ?? "{}").sample_time === want);
  const { code, stdout } = await run.finished;
  assert.equal(code, 0);
  assert.equal(JSON.parse(stdout).commands.accepted, 1);
});

test("--dry-run tells what would be sent, sends and remembers nothing", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  station.poll(NOW);
  const { code, stdout } = await station.run("mqtt-push", ["--dry-run", "--json"], { now: NOW });
  assert.equal(code, 0);
  const { messages } = JSON.parse(stdout);
  assert.ok(messages.some(({ topic }: { topic: string }) => topic === CONFIG));
  await home.publish("end", "x");
  await waitFor(() => home.last.has("end"));
  assert.deepEqual([...home.last.keys()], ["end"]);
  station.look((store) => {
    for (const table of ["publish_cursors", "publish_totals", "mqtt_discovery", "battery_energy", "job_states"]) {
      assert.equal(store.db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), 0, table);
    }
  });
});

test("user and password, in both forms of the file; a wrong one is 69 and never shown", { skip }, async (t) => {
  const broker = await startBroker(t, { users: [["solar", SECRET]] });
  const home = await observe(t, broker, { credentials: ["solar", SECRET] });
  const forms = [
    [`solar ${SECRET}`, ""],
    [SECRET, ", username: solar"],
  ] as const;
  for (const [index, [line, more]] of forms.entries()) {
    const station = mqttStation(t, broker, `password_file: ${secretFile(t, line)}, client_id: c${index}${more}`);
    station.poll(NOW);
    await station.push(NOW);
  }
  const wrong = mqttStation(t, broker, `password_file: ${secretFile(t, `solar ${SECRET}x`)}`);
  wrong.poll(NOW);
  const { code, stderr, stdout } = await wrong.run("mqtt-push", ["-vv"], { now: NOW });
  assert.equal(code, 69);
  assert.match(stderr, /[Nn]ot authorized/);
  assert.ok(!`${stderr}${stdout}`.includes(SECRET));
  assert.ok([...home.last].every((pair) => !pair.join().includes(SECRET)));
});

test("a secret that others can read, an empty or misformed file is refused before anything is sent", {
  skip,
}, async (t) => {
  const broker = { url: `mqtt://localhost:${await freePort()}` };
  const open = secretFile(t, `solar ${SECRET}`);
  chmodSync(open, 0o644);
  const cases = [
    [open, /chmod 600/],
    [secretFile(t, ""), /empty/],
    [secretFile(t, SECRET), /expected one line/],
    ["/nowhere/at-all", /cannot be read/],
  ] as const;
  for (const [path, message] of cases) {
    const station = mqttStation(t, broker, `password_file: ${path}`);
    station.poll(NOW);
    const { code, stderr } = await station.run("mqtt-push", [], { now: NOW });
    assert.equal(code, 78);
    assert.match(stderr, message);
    assert.ok(!stderr.includes(SECRET));
  }
});

test("TLS: the right authority connects, a stranger's certificate is refused", {
  skip: skip || requirePart("openssl"),
}, async (t) => {
  const certificates = makeCertificates(t);
  const broker = await startBroker(t, { tls: certificates });
  const good = mqttStation(t, broker, `ca_file: ${certificates.ca}`);
  good.poll(NOW);
  await good.push(NOW);
  const home = await observe(t, broker, { ca: readFileSync(certificates.ca) });
  await waitFor(() => home.last.has(CONFIG));
  const stranger = mqttStation(t, broker, `ca_file: ${makeCertificates(t).ca}, client_id: other`);
  stranger.poll(NOW);
  const { code, stderr } = await stranger.run("mqtt-push", [], { now: NOW });
  assert.equal(code, 69);
  assert.match(stderr, /certificate/i);
});

for (const tls of [false, true]) {
  test(`a broker behind WebSockets${tls ? " with TLS" : ""}`, { skip: skip || requirePart("openssl") }, async (t) => {
    const certificates = tls ? makeCertificates(t) : null;
    const broker = await startBroker(t);
    const home = await observe(t, broker);
    const url = await webSocketsBefore(t, broker.port, certificates);
    const station = mqttStation(t, { url }, certificates ? `ca_file: ${certificates.ca}` : "");
    station.poll(NOW);
    await station.push(NOW);
    await waitFor(() => home.last.has(CONFIG));
  });
}

test("TLS: a key that is not the certificate's, and a certificate that is missing, are told in one line", {
  skip: skip || requirePart("openssl"),
}, async (t) => {
  const [own, other] = [makeCertificates(t), makeCertificates(t)];
  const broker = await startBroker(t, { tls: own, clientCertificates: true });
  const cases = [
    [`cert_file: ${own.cert}, key_file: ${own.key}`, 0, /^$/],
    [`cert_file: ${own.cert}, key_file: ${other.key}`, 78, /mqtt\.key_file: \S+ is not the key of the certificate \S+/],
    [`cert_file: ${own.key}, key_file: ${own.key}`, 78, /mqtt\.cert_file: \S+ is no certificate in PEM form/],
    [`cert_file: ${own.cert}, key_file: ${own.cert}`, 78, /mqtt\.key_file: /],
    ["", 69, /asks for a client certificate: set mqtt\.cert_file and mqtt\.key_file|may ask for a client certificate/],
    [`cert_file: ${other.cert}, key_file: ${other.key}`, 69, /does not accept our certificate \(mqtt\.cert_file\)/],
  ] as const;
  for (const [keys, expected, message] of cases) {
    for (const file of [own.key, other.key, own.cert]) chmodSync(file, 0o600);
    const more = keys === "" ? "" : `, ${keys}`;
    const station = mqttStation(t, broker, `ca_file: ${own.ca}, client_id: client_${expected}${more}`);
    station.poll(NOW);
    const { code, stderr } = await station.run("mqtt-push", [], { now: NOW });
    assert.equal(code, expected, `${keys}: ${stderr}`);
    assert.match(stderr, message);
    assert.ok(stderr.trim().split("\n").length === 1, stderr);
  }
});

test("a broker that forbids a topic is told with its reason", { skip }, async (t) => {
  const broker = await startBroker(t, { acl: ["topic readwrite solar_station/#"] });
  const station = mqttStation(t, broker);
  station.poll(NOW);
  const { code, stderr } = await station.run("mqtt-push", [], { now: NOW });
  assert.equal(code, 69);
  assert.match(stderr, /refused homeassistant\/device\/.*[Nn]ot authorized/);
});

interface BadBroker {
  readonly what: string;
  readonly behave: (socket: Socket) => void;
  readonly message: RegExp;
}
/** CONNACK of MQTT 5: no session, success, no properties. */
const CONNACK = Buffer.from([0x20, 0x03, 0x00, 0x00, 0x00]);
const badBrokers: BadBroker[] = [
  { what: "silent", behave: () => {}, message: /no answer .* in 1000 ms/ },
  { what: "closing at once", behave: (socket) => socket.destroy(), message: /cut|ECONNRESET/ },
  {
    what: "silent after CONNACK",
    behave: (socket) => socket.once("data", () => socket.write(CONNACK)),
    message: /within 1000 ms/,
  },
  {
    what: "cutting in the middle of a packet",
    behave: (socket) =>
      socket.once("data", () => {
        socket.write(CONNACK);
        socket.once("data", () => socket.end(Buffer.from([0x30, 0x7f, 0x00])));
      }),
    message: /cut/,
  },
  { what: "talking HTTP", behave: (socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"), message: /./ },
];

for (const { what, behave, message } of badBrokers) {
  test(`a broker that is ${what}: 69 within the limit, nothing is lost`, async (t) => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      behave(socket);
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    t.after(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const station = mqttStation(t, { url: `mqtt://127.0.0.1:${port}` }, "backlog: true");
    writeFileSync(station.configPath, readFileSync(station.configPath, "utf8").replace("timeout_s: 5", "timeout_s: 1"));
    station.poll(NOW);
    const { code, stderr } = await station.run("mqtt-push", [], { now: NOW });
    assert.equal(code, 69, stderr);
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    assert.equal(
      station.look((store) => cursor(store, "mqtt_history:inverter")),
      null,
    );
    assert.equal(
      station.look((store) => cursor(store, "mqtt_state:inverter")),
      null,
    );
  });
}

test("no broker there at all: 69", async (t) => {
  const station = mqttStation(t, { url: `mqtt://127.0.0.1:${await freePort()}` });
  station.poll(NOW);
  const { code, stderr } = await station.run("mqtt-push", [], { now: NOW });
  assert.equal(code, 69);
  assert.match(stderr, /ECONNREFUSED/);
});

test("two runs at once: the second waits or says who holds it, and no will fires", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker);
  station.poll(NOW);
  const first = station.start("mqtt-push", ["--stay", "3s"], { now: NOW });
  await waitFor(() => home.last.has("solar_station/inverter/state"));
  const second = await station.run("mqtt-push", [], { now: NOW + 1 });
  assert.equal((await first.finished).code, 0);
  assert.equal(second.code, 0);
  assert.notEqual(home.last.get("solar_station/status"), "offline");
});

test("disabled: nothing is done, and nothing is wrong", async (t) => {
  const station = mqttStation(t, { url: "mqtt://127.0.0.1:1" });
  writeFileSync(station.configPath, `station: {state_dir: ${JSON.stringify(station.folder)}}\n`);
  const { code, stdout, stderr } = await station.run("mqtt-push");
  assert.deepEqual([code, stdout, stderr], [0, "", ""]);
});
