import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openStore } from "../../lib/store/database.ts";
import { saveBmsSample, saveInverterSample } from "../../lib/store/samples.ts";
import { type Observer, observe, startBroker } from "../support/broker.ts";
import { tries } from "../support/campaign.ts";
import { type Finished, runCommand } from "../support/command.ts";
import { requirePart } from "../support/parts.ts";
import { recordedBms, recordedInverter } from "../support/recorded-samples.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { waitFor } from "../support/wait.ts";

const skip = requirePart("mosquitto");
const NOW = 1_790_000_000;
const STATIONS = tries(3, 100);
const AT_ONCE = 4;

/** Many stations, each with the devices' default names and nothing of its own but its id. */
test(`${STATIONS} stations on one broker: no name is used twice, and a restart of the broker loses nothing`, {
  skip,
}, async (t) => {
  const broker = await startBroker(t, { persistence: true });
  const ids = Array.from({ length: STATIONS }, (_, index) => `site_${index + 1}`);
  const folders = new Map(ids.map((id) => [id, scratchDirectory(t)] as const));
  for (const [id, folder] of folders) {
    const station = `station: {id: ${id}, state_dir: ${JSON.stringify(folder)}}`;
    const mqtt = `mqtt: {enabled: true, url: "${broker.url}", timeout_s: 20, backlog: true}`;
    writeFileSync(join(folder, "config.yaml"), `${station}\n${mqtt}\n`);
  }
  const poll = (at: number) => {
    for (const folder of folders.values()) {
      const store = openStore(join(folder, "station.db"));
      store.write(() => {
        saveInverterSample(store, "inverter", at, recordedInverter());
        saveBmsSample(store, "bms", at, recordedBms());
      });
      store.close();
    }
  };
  const all = async (name: string, args: readonly string[], now: number): Promise<Finished[]> => {
    const waiting = [...folders.values()];
    const done: Finished[] = [];
    const one = async () => {
      for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
        done.push(await runCommand(name, [...args, "--config", join(folder, "config.yaml")], { now }));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    return done;
  };
  const codes = (done: readonly Finished[]) => [...new Set(done.map(({ code }) => code))];

  const times = (seen: Observer, id: string, device: string) =>
    seen.messages
      .filter(({ topic }) => topic === `${id}/${device}/history`)
      .map(({ payload }) => (JSON.parse(payload) as { timestamp: number }).timestamp);
  const pairs = ids.flatMap((id) => ["inverter", "bms"].map((device) => [id, device] as const));
  const before = await observe(t, broker);
  poll(NOW);
  const began = performance.now();
  assert.deepEqual(codes(await all("mqtt-push", [], NOW)), [0]);
  t.diagnostic(`${((performance.now() - began) / STATIONS).toFixed(0)} ms a station, ${AT_ONCE} at once`);
  await waitFor(() => pairs.every(([id, device]) => times(before, id, device).length === 1), "the first samples");
  await before.close();
  await broker.stop();
  poll(NOW + 60);
  assert.deepEqual(codes(await all("mqtt-push", [], NOW + 60)), [69]);
  await broker.start();
  const after = await observe(t, broker);
  poll(NOW + 120);
  assert.deepEqual(codes(await all("mqtt-push", [], NOW + 120)), [0]);

  await waitFor(() => pairs.every(([id, device]) => times(after, id, device).length >= 2), "the missed samples");
  for (const [id, device] of pairs) {
    assert.deepEqual(times(before, id, device), [NOW], `${id} ${device}`);
    assert.deepEqual(times(after, id, device), [NOW + 60, NOW + 120], `${id} ${device}`);
  }
  const entities = [...after.last]
    .filter(([topic]) => topic.startsWith("homeassistant/"))
    .flatMap(([, payload]) => Object.values((JSON.parse(payload) as Discovery).components))
    .flatMap(({ unique_id }) => (unique_id === undefined ? [] : [unique_id]));
  assert.ok(entities.length > STATIONS * 100, `${entities.length} entities`);
  assert.equal(new Set(entities).size, entities.length);
  const own = [...after.last.keys()].filter((topic) => !topic.startsWith("homeassistant/"));
  assert.deepEqual(new Set(own.map((topic) => topic.split("/")[0])), new Set(ids));
  const lines = (await all("station", ["export", "--format", "influx"], NOW + 130)).flatMap(({ stdout }) =>
    stdout.trim().split("\n"),
  );
  const points = lines.map((line) => `${line.split(" ")[0]} ${line.split(" ").at(-1)}`);
  assert.ok(points.length >= pairs.length);
  assert.equal(new Set(points).size, points.length);
});

interface Discovery {
  readonly components: Readonly<Record<string, { readonly unique_id?: string }>>;
}
