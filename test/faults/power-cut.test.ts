/**
 * The power goes at any moment while all jobs work: what was not made sure with fsync is lost, kept or torn by chance, names too. The
 * next runs find a good state file, nothing that had been said to be done is missing, and no order is carried out twice.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { recordedInverterWords } from "../../lib/devices/pv1800/recording-48v.ts";
import { RegisterImage } from "../../lib/devices/pv1800/sim-source.ts";
import { unpackVerified } from "../../lib/store/backup-pack.ts";
import { damageOfPages } from "../../lib/store/damage.ts";
import { openStore } from "../../lib/store/database.ts";
import { latestOrders } from "../../lib/store/orders.ts";
import { startBroker } from "../support/broker.ts";
import { Chance, SEED, tries } from "../support/campaign.ts";
import { type Finished, startCommand } from "../support/command.ts";
import { runJob } from "../support/cron-jobs.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";
import { Disk, DiskRecorder, type Step } from "./disk-record.ts";

/** A round of all jobs is a minute for them, s. */
const ROUND_S = 50;
/** Rows with a wide range, in raw words: every order of the test has a value of its own. */
const ROWS = [20113, 20132] as const;
const LEAST = 20;

/** What is in the state folder for good as far as anybody was told. */
interface Facts {
  readonly samples: readonly string[];
  /** Final states by line. */
  readonly orders: Readonly<Record<string, string>>;
  readonly backups: readonly string[];
}

type Told =
  | { readonly wrote: readonly [address: number, word: number] }
  | { readonly given: string }
  | { readonly ended: string; readonly facts: Facts };

async function station(t: TestContext) {
  const recorder = new DiskRecorder(t);
  const image = new RegisterImage([]);
  const source = {
    read: (address: number) => image.read(address),
    write: (address: number, word: number) => {
      onWrite(address, word);
      return image.write(address, word);
    },
  };
  let onWrite = (address: number, word: number): void => recorder.tell({ wrote: [address, word] } satisfies Told);
  const inverter = await startSimulatedInverter(t, { source });
  const bms = await startSimulatedBms(t);
  const broker = await startBroker(t);
  const config = join(scratchDirectory(t), "config.yaml");
  const sections = [
    `station: {state_dir: ${JSON.stringify(recorder.folder)}}`,
    `inverter: {port: "${inverter.url}", gap_ms: 5, timeout_ms: 3000}`,
    `bms: [{port: "${bms.url}", polls: 1, timeout_ms: 3000}]`,
    `mqtt: {enabled: true, url: "${broker.url}", timeout_s: 3}`,
  ];
  writeFileSync(config, `${sections.join("\n")}\n`);
  /** `now` is told as well: a clock that alone is ahead of the time since the start would have been set meanwhile. */
  const run = (name: string, args: readonly string[], ahead_s: number): Promise<Finished> =>
    startCommand(name, [...args, "--config", config], {
      env: recorder.env(ahead_s),
      now: Math.floor(Date.now() / 1000) + ahead_s,
    }).finished;
  const hold = (words: readonly (readonly [number, number])[]) => {
    image.words.clear();
    for (const [address, word] of [...recordedInverterWords(), ...words]) image.words.set(address, word);
  };
  hold([]);
  return {
    ...{ recorder, config, run, hold },
    facts: () => factsIn(recorder.folder),
    /** Where the inverter's writes are told from now on. */
    hear: (to: typeof onWrite) => {
      onWrite = to;
    },
  };
}

function factsIn(folder: string): Facts {
  const store = openStore(join(folder, "station.db"), { readonly: true });
  try {
    const times = (device: string) =>
      (store.db.prepare(`SELECT at FROM ${device}_samples`).pluck().all() as number[]).map((at) => `${device} ${at}`);
    const ended = latestOrders(store, 1000).filter(({ finished_at }) => finished_at !== null);
    return {
      samples: [...times("inverter"), ...times("bms")],
      orders: Object.fromEntries(ended.map(({ text, state }) => [text, state])),
      backups: backupsIn(folder),
    };
  } finally {
    store.close();
  }
}

function backupsIn(folder: string): string[] {
  const path = join(folder, "backups");
  return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith(".db.gz")) : [];
}

/** Some minutes of all jobs at once, with orders from two sides. */
async function record(bench: Awaited<ReturnType<typeof station>>, rounds: number): Promise<Step[]> {
  const { recorder, run } = bench;
  let value = LEAST;
  const line = () => `${ROWS[value % ROWS.length]}=${value++}`;
  for (let round = 0; round < rounds; round++) {
    const ahead_s = round * ROUND_S;
    const job = async (name: string, ...args: string[]) => {
      const { code, stderr } = await run(name, args, ahead_s);
      assert.equal(code, 0, `${name}: ${stderr}`);
      if (round > 0 || name === "pv1800-dump") recorder.tell({ ended: name, facts: bench.facts() } satisfies Told);
    };
    const byHand = async () => {
      const order = line();
      const { code, stderr } = await run("inverter-cmd", ["set", ...order.split("=")], ahead_s);
      assert.equal(code, 0, stderr);
      recorder.tell({ given: order } satisfies Told);
    };
    recorder.shell(`echo '${line()}' >> inverter_cmd.lst`, ahead_s);
    // By day each of them works in one of the rounds.
    const others = [
      ["jkbms-dump", "batmon"],
      ["mqtt-push", "status-page"],
    ].filter((_, index) => tries(index, round) === round);
    await Promise.all([
      job("pv1800-dump"),
      ...others.flat().map((name) => job(name)),
      ...(round > 0 ? [byHand()] : []),
    ]);
    if (round === 1) await job("backup-stats");
  }
  return recorder.steps();
}

test(`power cuts while all jobs work (seed ${SEED})`, async (t) => {
  const chance = new Chance();
  const figures = { cuts: 0, replaced: 0, orders: 0, samples: 0 };
  for (let recording = tries(1, 10); recording > 0; recording--) {
    const bench = await station(t);
    const rounds = tries(2, 5);
    const steps = await record(bench, rounds);
    const moments = Array.from({ length: tries(3, 50) }, () => chance.below(steps.length + 1)).sort((a, b) => a - b);
    const disk = new Disk();
    let done = 0;
    for (const moment of moments) {
      for (; done < moment; done++) disk.apply(steps[done] as Step);
      const told = steps.slice(0, moment).flatMap((step) => (step.what === "told" ? [step.told as Told] : []));
      bench.recorder.lay(disk.cut(chance));
      await goOn(bench, told, rounds * ROUND_S, `cut after ${moment} of ${steps.length}`, figures);
    }
  }
  t.diagnostic(JSON.stringify(figures));
});

/** The clock of this process, as of the recorded ones, is ahead meanwhile. */
async function later<T>(ahead_s: number, work: (at: number) => Promise<T>): Promise<T> {
  const { now } = Date;
  Date.now = () => now() + 1000 * ahead_s;
  try {
    return await work(Math.floor(Date.now() / 1000));
  } finally {
    Date.now = now;
  }
}

/** The next runs after a cut, and what must be there then. */
async function goOn(
  { recorder, config, hold, hear, facts }: Awaited<ReturnType<typeof station>>,
  told: readonly Told[],
  ahead_s: number,
  where: string,
  figures: Record<"cuts" | "replaced" | "orders" | "samples", number>,
): Promise<void> {
  const written = told.flatMap((one) => ("wrote" in one ? [one.wrote] : []));
  hold(written);
  hear((address, word) => written.push([address, word]));
  const before = told.flatMap((one) => ("ended" in one ? [one.facts] : []));
  const given = told.flatMap((one) => ("given" in one ? [one.given] : []));
  for (let next = 1; next <= 2; next++) {
    const { code, stderr } = await later(ahead_s + next * ROUND_S, (at) => runJob("pv1800-dump", config, at));
    assert.equal(code, 0, `${where}: ${stderr}`);
  }
  const now = facts();
  const store = openStore(join(recorder.folder, "station.db"), { readonly: true });
  const damage = damageOfPages(store.db, "integrity_check");
  const orders = latestOrders(store, 1000).filter(({ source }) => source !== "recovery");
  store.close();
  assert.equal(damage, null, where);
  const missing = before.flatMap(({ samples }) => samples).filter((sample) => !now.samples.includes(sample));
  assert.deepEqual(missing, [], `${where}: samples that were stored`);
  for (const [line, state] of before.flatMap((one) => Object.entries(one.orders))) {
    assert.equal(now.orders[line], state, `${where}: ${line}`);
  }
  const lines = orders.map(({ text }) => text);
  assert.deepEqual(lines, [...new Set(lines)], `${where}: an order stands in the journal twice`);
  assert.deepEqual(
    given.filter((line) => now.orders[line] === undefined),
    [],
    `${where}: orders that were accepted`,
  );
  assert.ok(orders.every(({ finished_at }) => finished_at !== null));
  const words = written.map(([address, word]) => `${address}=${word}`);
  assert.deepEqual(words, [...new Set(words)], `${where}: an order was on the wire twice`);
  const logPath = join(recorder.folder, "inverter_cmd.lst.log");
  const log = existsSync(logPath) ? readFileSync(logPath, "utf8") : "";
  const logged = lines.filter((line) => log.split(`${line.replace("=", "=>")} = `).length !== 2);
  assert.deepEqual(logged, [], `${where}: not once in the log\n${log}`);
  for (const name of before.flatMap(({ backups }) => backups)) {
    await unpackVerified(join(recorder.folder, "backups", name), join(recorder.folder, "unpacked.db"));
  }
  figures.cuts++;
  figures.replaced += readdirSync(recorder.folder).filter((name) => name.includes(".damaged-")).length > 0 ? 1 : 0;
  figures.orders += lines.length;
  figures.samples += now.samples.length;
}
