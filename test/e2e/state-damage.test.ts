import assert from "node:assert/strict";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import BetterSqlite from "better-sqlite3";
import { damageOfPages } from "../../lib/store/damage.ts";
import { openStore } from "../../lib/store/database.ts";
import { activeLeases, openLease } from "../../lib/store/leases.ts";
import { inverterSamples } from "../../lib/store/samples.ts";
import { runCommand, type TestStation, testStation } from "../support/command.ts";
import { startSimulatedInverter } from "../support/simulated.ts";

const QUICK = "gap_ms: 5, timeout_ms: 150, retries: 1";
const T = 1_800_000_000;

interface Worn {
  readonly station: TestStation;
  readonly path: string;
  readonly sim: Awaited<ReturnType<typeof startSimulatedInverter>>;
  /** The samples that are there, by the minute of each. */
  minutes(): number[];
  aside(): string[];
}

let model: Promise<string> | null = null;
after(async () => {
  if (model !== null) rmSync(await model, { recursive: true, force: true });
});

/** A folder with two samples, a lease, a backup, and two samples after it; made once and copied. */
function makeModel(url: string): Promise<string> {
  model ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), "solar-station-worn-"));
    const configPath = join(folder, "model.yaml");
    writeFileSync(configPath, `station: {state_dir: "${folder}"}\ninverter: {port: "${url}", ${QUICK}}\nbms: []\n`);
    const run = async (name: string, now: number) => {
      const { code, stderr } = await runCommand(name, ["--config", configPath], { now });
      assert.equal(code, 0, stderr);
    };
    await run("pv1800-dump", T);
    await run("pv1800-dump", T + 60);
    const store = openStore(join(folder, "station.db"));
    const lease = {
      key: "max_charge_current",
      order_id: 1,
      old_raw: 300,
      leased_raw: 200,
      begun_at: T,
      ends_at: T + 900_000,
    };
    store.write(() => openLease(store, { ...lease, device: "inverter" }));
    store.close();
    await run("backup-stats", T + 90);
    await run("pv1800-dump", T + 120);
    await run("pv1800-dump", T + 180);
    return folder;
  })();
  return model;
}

/** As it is after the log of changes went into the file; with `log` as the commands left it, with everything since the beginning in it. */
async function worn(t: TestContext, more = "", { log = false } = {}): Promise<Worn> {
  const sim = await startSimulatedInverter(t);
  const station = testStation(t, `inverter: {port: "${sim.url}", ${QUICK}}\nbms: []\n${more}`);
  cpSync(await makeModel(sim.url), station.folder, { recursive: true });
  const path = join(station.folder, "station.db");
  if (log) assert.ok(statSync(`${path}-wal`).size > 50_000);
  else openStore(path).closeWhole();
  return {
    ...{ sim, station, path },
    minutes: () =>
      station.look((store) =>
        inverterSamples(store, "inverter", 0, 2 ** 33).map(({ at }) => Math.floor((at - T) / 60)),
      ),
    aside: () =>
      readdirSync(station.folder).filter(
        (name) => /^station\.db\.damaged-/.test(name) && !/-(journal|wal|shm)$/.test(name),
      ),
  };
}

function overwrite(path: string, from: number, bytes: Buffer): void {
  const whole = readFileSync(path);
  bytes.copy(whole, from);
  writeFileSync(path, whole);
}

/** The root page of a table. */
function pageOf(path: string, table: string): number {
  const db = new BetterSqlite(path);
  try {
    return Number(db.prepare("SELECT rootpage FROM sqlite_master WHERE name = ?").pluck().get(table));
  } finally {
    db.close();
  }
}

const PAGE = 4096;
const noise = (size: number) => Buffer.from(Array.from({ length: size }, (_, i) => (i * 197 + 13) % 251));

/** What may happen to the file. `salvaged`: the samples after the backup can still be read; `orders`: the journal of orders. */
const DAMAGES: Readonly<
  Record<
    string,
    { readonly salvaged: boolean | "maybe"; readonly orders?: true; readonly damage: (path: string) => void }
  >
> = {
  empty: { salvaged: false, damage: (path) => truncateSync(path, 0) },
  gone: { salvaged: false, damage: (path) => rmSync(path) },
  "cut off in the first page": { salvaged: false, damage: (path) => truncateSync(path, 700) },
  "cut off by less than a page": {
    salvaged: "maybe",
    orders: true,
    damage: (path) => truncateSync(path, statSync(path).size - 777),
  },
  "cut off in the middle": { salvaged: false, damage: (path) => truncateSync(path, 10 * PAGE) },
  noise: { salvaged: false, damage: (path) => writeFileSync(path, noise(50_000)) },
  "ten bytes": { salvaged: false, damage: (path) => writeFileSync(path, "0123456789") },
  "all zeros": { salvaged: false, damage: (path) => writeFileSync(path, Buffer.alloc(100_000)) },
  "a directory": {
    salvaged: false,
    damage: (path) => {
      rmSync(path);
      mkdirSync(path);
    },
  },
  "a damaged page of job runs": {
    salvaged: true,
    orders: true,
    damage: (path) => overwrite(path, (pageOf(path, "job_states") - 1) * PAGE, noise(PAGE)),
  },
  "a damaged page of samples": {
    salvaged: false,
    orders: true,
    damage: (path) => overwrite(path, (pageOf(path, "inverter_samples") - 1) * PAGE, noise(PAGE)),
  },
  "a missing table": {
    salvaged: true,
    orders: true,
    damage: (path) => {
      const db = new BetterSqlite(path);
      db.exec("DROP TABLE settings_read");
      db.close();
    },
  },
  "somebody else's database": {
    salvaged: false,
    damage: (path) => {
      rmSync(path);
      const db = new BetterSqlite(path);
      db.exec("CREATE TABLE photos (id INTEGER)");
      db.close();
    },
  },
};

for (const [name, { salvaged, orders, damage }] of Object.entries(DAMAGES)) {
  test(`a state file that fails is replaced in the same run: ${name}`, async (t) => {
    const { station, path, minutes, aside } = await worn(t);
    damage(path);
    const first = await station.run("pv1800-dump", [], { now: T + 240 });
    assert.equal(first.code, 74, first.stderr);
    assert.match(
      first.stderr,
      /^pv1800-dump: error: .*station\.db .*; the backup station_\d{8}T\d{6}Z\.db\.gz .* is in its place/,
    );
    assert.match(first.stderr, /1 value set for a time is still known/);
    if (!orders) assert.match(first.stderr, /since then are not known/);
    assert.equal(first.stderr.trim().split("\n").length, 1, first.stderr);
    const left = minutes();
    // Which page stands last, and so is lost, the layout of the file decides.
    if (salvaged === "maybe")
      assert.deepEqual(
        [0, 1, 4],
        left.filter((minute) => ![2, 3].includes(minute)),
      );
    else assert.deepEqual(left, salvaged ? [0, 1, 2, 3, 4] : [0, 1, 4]);
    assert.equal(aside().length, name === "gone" ? 0 : 1);
    assert.equal(
      station.look((store) => activeLeases(store).length),
      1,
    );
    const second = await station.run("pv1800-dump", [], { now: T + 300 });
    assert.equal(second.code, 0);
    assert.match(second.stderr, /^pv1800-dump: .*works again/);
    if (name !== "empty") return;
    assert.deepEqual(await station.run("pv1800-dump", [], { now: T + 360 }), { code: 0, stdout: "", stderr: "" });
    const doctor = await station.run("station", ["doctor", "--no-probe", "--json"], { now: T + 361 });
    const checks = (JSON.parse(doctor.stdout) as { checks: { name: string; level: string }[] }).checks;
    assert.equal(checks.find((check) => check.name === "state file replaced")?.level, "warn");
  });
}

for (const name of [
  "empty",
  "cut off in the middle",
  "noise",
  "a damaged page of samples",
  "somebody else's database",
]) {
  test(`nothing that a backup has is lost while the log is long: ${name}`, async (t) => {
    const { station, path, minutes } = await worn(t, "", { log: true });
    DAMAGES[name]?.damage(path);
    const first = await station.run("pv1800-dump", [], { now: T + 240 });
    // What stands in the log is whole where the file is not.
    assert.ok(first.code === 74 || (first.code === 0 && name.includes("page")), first.stderr);
    const expected = first.code === 0 ? [0, 1, 2, 3, 4] : [0, 1, 4];
    assert.deepEqual(
      minutes().filter((minute) => expected.includes(minute)),
      expected,
    );
    assert.equal((await station.run("pv1800-dump", [], { now: T + 300 })).code, 0);
    const store = openStore(path);
    assert.equal(store.db.pragma("integrity_check", { simple: true }), "ok");
    store.closeWhole();
  });
}

for (const part of ["chat_messages", "commands_by_source_id"]) {
  test(`the backup finds a page that nobody else reads, and the last good one takes the file's place: ${part}`, async (t) => {
    const { station, path, aside } = await worn(t);
    overwrite(path, (pageOf(path, part) - 1) * PAGE, noise(PAGE));
    const found = await station.run("backup-stats", [], { now: T + 86_400 });
    assert.equal(found.code, 74, found.stderr);
    assert.match(found.stderr, /station\.db .* is in its place/);
    assert.equal(aside().length, 1);
    assert.equal(
      station.look((store) => damageOfPages(store.db, "integrity_check")),
      null,
    );
    assert.equal((await station.run("backup-stats", [], { now: T + 2 * 86_400 })).code, 0);
  });
}

test("without any backup a fresh file is begun, and said so", async (t) => {
  const { station, path, minutes, aside } = await worn(t);
  rmSync(join(station.folder, "backups"), { recursive: true });
  truncateSync(path, 0);
  const { code, stderr } = await station.run("pv1800-dump", [], { now: T + 240 });
  assert.equal(code, 74);
  assert.match(stderr, /there is no good backup, so a fresh state file was begun/);
  assert.deepEqual(minutes(), [4]);
  assert.equal(aside().length, 1);
});

test("a damaged backup is passed over for the one before", async (t) => {
  const { station, path, minutes } = await worn(t);
  assert.equal((await station.run("backup-stats", [], { now: T + 86_400 })).code, 0);
  const [, newest] = readdirSync(join(station.folder, "backups"))
    .filter((name) => name.endsWith(".gz"))
    .sort();
  overwrite(join(station.folder, "backups", newest as string), 600, noise(300));
  truncateSync(path, 0);
  assert.equal((await station.run("pv1800-dump", [], { now: T + 86_460 })).code, 74);
  assert.deepEqual(minutes(), [0, 1, 1441]);
});

test("an empty file of a station that never had a state is a new station, in silence", async (t) => {
  const sim = await startSimulatedInverter(t);
  const station = testStation(t, `inverter: {port: "${sim.url}", ${QUICK}}\nbms: []`);
  writeFileSync(join(station.folder, "station.db"), "");
  assert.deepEqual(await station.run("pv1800-dump"), { code: 0, stdout: "", stderr: "" });
});

test("who only looks says that it is damaged and leaves it alone", async (t) => {
  const { station, path } = await worn(t);
  truncateSync(path, 0);
  const status = await station.run("station", ["status"], { now: T + 190 });
  assert.equal(status.code, 74);
  assert.match(status.stderr, /damaged \(it is empty/);
  const doctor = await station.run("station", ["doctor", "--no-probe"], { now: T + 190 });
  assert.match(doctor.stdout, /FAIL +state file +.*damaged/);
  assert.equal(readFileSync(path).length, 0);
});

test("killed at any point of it, the next run goes on", async (t) => {
  for (const point of ["recover_copied", "recover_noted", "recover_old_moved", "recover_placed"]) {
    const { station, path, minutes, aside } = await worn(t);
    overwrite(path, (pageOf(path, "job_states") - 1) * PAGE, noise(PAGE));
    const killed = await station.run("pv1800-dump", [], { now: T + 240, env: { SOLAR_STATION_FAULT_POINT: point } });
    assert.equal(killed.code, null, point);
    const next = await station.run("pv1800-dump", [], { now: T + 300 });
    assert.equal(next.code, point === "recover_placed" ? 0 : 74, `${point}: ${next.stderr}`);
    assert.deepEqual(minutes(), [0, 1, 2, 3, 4, 5], point);
    assert.equal(aside().length, 1, point);
    const left = readdirSync(station.folder).filter(
      (name) => /partial|suspect/.test(name) || (point !== "recover_placed" && /recovery$/.test(name)),
    );
    assert.deepEqual(left, [], point);
  }
});

test("of several commands at once one puts it right", async (t) => {
  const { station, path, aside } = await worn(t);
  truncateSync(path, 0);
  const now = T + 240;
  const names = ["pv1800-dump", "batmon", "status-page", "batmon"] as const;
  const done = await Promise.all(names.map((name) => station.run(name, [], { now })));
  const codes = done.map(({ code }) => code);
  assert.equal(codes.filter((code) => code === 74).length, 1, JSON.stringify(done));
  assert.ok(
    codes.every((code) => code === 74 || code === 0 || code === 75 || code === 69),
    JSON.stringify(done),
  );
  assert.equal(aside().length, 1);
});

test("batmon tells it once through the channels, in the station's language", async (t) => {
  const bodies: string[] = [];
  const server = createServer((request, answer) => {
    let body = "";
    request
      .on("data", (chunk) => (body += chunk))
      .on("end", () => {
        bodies.push(decodeURIComponent(body.replaceAll("+", " ")));
        answer.end("ok");
      });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/reg_event.php`;
  const { station, path } = await worn(t, `notify: {reg_event: {url: "${url}"}}`);
  const config = readFileSync(station.configPath, "utf8");
  writeFileSync(station.configPath, config.replace("station: {", "station: {lang: ru, "));
  truncateSync(path, 0);
  const empty = "файл пуст, как бывает после отключения питания";
  const first = await station.run("batmon", [], { now: T + 240 });
  assert.equal(first.code, 74);
  assert.match(first.stderr, new RegExp(`^batmon: error: .*station\\.db: ${empty}; прежний сохранён как `));
  await station.run("batmon", [], { now: T + 300 });
  const told = bodies.filter((body) => body.includes(empty));
  assert.equal(told.length, 1, JSON.stringify(bodies));
});

test("bad files are kept, but not without end", async (t) => {
  const { station, path, aside } = await worn(t);
  for (let count = 0; count < 6; count++) {
    writeFileSync(path, noise(1000 + count));
    assert.equal((await station.run("pv1800-dump", [], { now: T + 240 + count * 60 })).code, 74);
  }
  assert.equal(aside().length, 5);
  assert.ok(aside().some((name) => readFileSync(join(station.folder, name)).length === 1005));
});

test("while another command writes for long the sample is kept, and stored once by the next run", async (t) => {
  const { station, path, minutes } = await worn(t);
  const other = new BetterSqlite(path);
  t.after(() => other.close());
  for (const [minute, lock] of ["BEGIN EXCLUSIVE", "BEGIN IMMEDIATE"].entries()) {
    other.exec(lock);
    const busy = await station.run("pv1800-dump", [], { now: T + 240 + minute * 60 });
    assert.equal(busy.code, 75, busy.stderr);
    other.exec("ROLLBACK");
  }
  const killed = await station.run("pv1800-dump", [], {
    now: T + 360,
    env: { SOLAR_STATION_FAULT_POINT: "kept_stored" },
  });
  assert.equal(killed.code, null);
  const next = await station.run("pv1800-dump", [], { now: T + 420 });
  assert.equal(next.code, 0);
  assert.deepEqual(minutes(), [0, 1, 2, 3, 4, 5, 7]);
  assert.deepEqual(
    readdirSync(station.folder).filter((name) => name.includes("kept")),
    [],
  );
});

/** What makes the file unusable without being damage that can be put right. */
const UNUSABLE: Readonly<Record<string, (path: string) => void>> = {
  "a newer schema": (path) => {
    const db = new BetterSqlite(path);
    db.pragma("user_version = 99");
    db.close();
  },
  "damage in a place that takes no other file": (path) => {
    writeFileSync(path, noise(1000));
    rmSync(`${path}.lock`, { force: true });
    mkdirSync(`${path}.lock`);
  },
};

for (const [name, spoil] of Object.entries(UNUSABLE)) {
  test(`off the grid with no usable state file the grid comes back within the blind limit: ${name}`, async (t) => {
    const { sim, station, path } = await worn(t);
    spoil(path);
    sim.device.source.write(20105, 0);
    const codes: (number | null)[] = [];
    for (let minute = 0; minute <= 10; minute += 5) {
      if (minute === 10) assert.equal(sim.device.source.read(20105), 0, "too early");
      // The first of them counts from when it looks at its clock, which on a busy machine is seconds after its start.
      const now = T + 240 + minute * 60 + (minute === 10 ? 20 : 0);
      const { code, stderr } = await station.run("pv1800-dump", [], { now });
      codes.push(code);
      if (minute === 10) assert.match(stderr, /switched back to the grid/);
    }
    assert.deepEqual(codes, [74, 74, 74]);
    assert.equal(sim.device.source.read(20105), 1);
    assert.ok(existsSync(path));
  });
}

test("a file that works again ends the counting", async (t) => {
  const { sim, station, path } = await worn(t);
  const good = `${path}.good`;
  copyFileSync(path, good);
  const newer = UNUSABLE["a newer schema"] as (path: string) => void;
  newer(path);
  await station.run("pv1800-dump", [], { now: T + 240 });
  copyFileSync(good, path);
  assert.equal((await station.run("pv1800-dump", [], { now: T + 300 })).code, 0);
  newer(path);
  sim.device.source.write(20105, 0);
  assert.equal((await station.run("pv1800-dump", [], { now: T + 900 })).code, 74);
  assert.equal(sim.device.source.read(20105), 0);
});
