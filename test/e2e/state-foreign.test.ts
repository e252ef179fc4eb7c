/** A state file that the service's user may not use, as `sudo` leaves it; and what an interrupted repair leaves beside a good one. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { inverterSamples } from "../../lib/store/samples.ts";
import { testStation } from "../support/command.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { startSimulatedInverter } from "../support/simulated.ts";

const T = 1_800_000_000;
const NOBODY = 65534;
const ROOT_ONLY = { skip: process.geteuid?.() === 0 ? false : "needs root: to run as another user" };

async function plant(t: TestContext) {
  const sim = await startSimulatedInverter(t);
  const station = testStation(t, `inverter: {port: "${sim.url}", gap_ms: 5, timeout_ms: 150, retries: 1}\nbms: []`);
  assert.equal((await station.run("pv1800-dump", [], { now: T })).code, 0);
  const env = { XDG_CACHE_HOME: scratchDirectory(t), XDG_RUNTIME_DIR: scratchDirectory(t) };
  for (const folder of Object.values(env)) chownSync(folder, NOBODY, NOBODY);
  const dump = (minute: number) => station.run("pv1800-dump", [], { now: T + 60 * minute, user: NOBODY, env });
  const minutes = () =>
    station.look((store) => inverterSamples(store, "inverter", 0, 2 ** 33).map(({ at }) => Math.floor((at - T) / 60)));
  return { sim, station, dump, minutes };
}

for (const [name, mode] of [
  ["readable, in a folder of another user's", 0o644],
  ["not even readable, in a folder of another user's", 0o600],
] as const) {
  test(
    `off the grid with a state file that is ${name}: told with the repair, and back within the blind limit`,
    ROOT_ONLY,
    async (t) => {
      const { sim, station, dump } = await plant(t);
      chmodSync(station.folder, 0o755);
      execFileSync("sh", [
        "-c",
        `chown 0:0 ${station.folder}/station.db* && chmod ${mode.toString(8)} ${station.folder}/station.db*`,
      ]);
      sim.device.source.write(20105, 0);
      for (const minute of [1, 6, 12]) {
        assert.equal(sim.device.source.read(20105), 0, `too early: ${minute}`);
        const { code, stderr } = await dump(minute);
        assert.equal(code, 74, stderr);
        assert.doesNotMatch(stderr, /\n\s+at /);
        if (minute === 1) assert.match(stderr, /station\.db: user 65534 may not write to it .*repair: chown 65534 /);
      }
      assert.equal(sim.device.source.read(20105), 1);
      // Repaired, it goes on where it was; what was read meanwhile is there where it could be kept.
      execFileSync("chown", ["-R", `${NOBODY}:${NOBODY}`, station.folder]);
      const repaired = await dump(13);
      assert.equal(repaired.code, 0, repaired.stderr);
    },
  );
}

test("a file that the user may read, in his own folder, is taken over with all that is in it", ROOT_ONLY, async (t) => {
  const { station, dump, minutes } = await plant(t);
  chownSync(station.folder, NOBODY, NOBODY);
  execFileSync("sh", ["-c", `chmod 644 ${station.folder}/station.db*`]);
  for (const minute of [1, 2]) await dump(minute);
  assert.equal((await dump(3)).code, 0);
  assert.deepEqual(minutes(), [0, 1, 2, 3]);
});

for (const [name, text] of [
  ["a whole one", '{"aside":"station.db.damaged-20260101T000000Z","damage":"empty"}'],
  ["a cut off one", '{"aside":"stat'],
  ["an empty one", ""],
] as const) {
  test(`the note of a repair that was interrupted, beside a good file (${name}): nothing is set aside`, async (t) => {
    const { station, minutes } = await plant(t);
    const note = join(station.folder, "station.db.recovery");
    writeFileSync(note, text);
    const { code, stderr } = await station.run("pv1800-dump", [], { now: T + 60 });
    assert.equal(code, 0, stderr);
    assert.deepEqual(minutes(), [0, 1]);
    assert.deepEqual(
      readdirSync(station.folder).filter((file) => file.includes("damaged")),
      [],
    );
    // And when the file fails later, it is replaced as ever.
    writeFileSync(join(station.folder, "station.db"), "");
    const later = await station.run("pv1800-dump", [], { now: T + 120 });
    assert.equal(later.code, 74, later.stderr);
    assert.match(later.stderr, /is empty.*(is in its place|fresh state file was begun)/);
    assert.ok(!existsSync(note));
    assert.deepEqual(minutes(), [2]);
  });
}
