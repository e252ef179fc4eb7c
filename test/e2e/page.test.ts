import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openStore } from "../../lib/store/database.ts";
import { rollUp } from "../../lib/store/history-rollup.ts";
import { latestJobRun } from "../../lib/store/jobs.ts";
import { type TestStation, testStation } from "../support/command.ts";
import { storeSunnyDays } from "../support/sunny-days.ts";

/** 2026-06-21 10:00 UTC. */
const NOW = Date.UTC(2026, 5, 21, 10) / 1000;

/** A station with samples up to 30 s ago. */
function sunnyStation(t: TestContext, days: number, sections = ""): TestStation {
  const station = testStation(t, sections);
  const store = openStore(join(station.folder, "station.db"));
  storeSunnyDays(store, NOW - days * 86_400, NOW - 29);
  store.close();
  return station;
}

for (const form of ["bundled", "source"] as const) {
  test(`writes the page where the web server looks, silently (${form})`, async (t) => {
    const station = sunnyStation(t, 2);
    assert.deepEqual(await station.run("status-page", [], { form, now: NOW }), { code: 0, stdout: "", stderr: "" });
    const path = join(station.folder, "www", "index.html");
    const page = readFileSync(path, "utf8");
    assert.equal(statSync(path).mode & 0o777, 0o644, "another user, the web server, reads it");
    assert.match(page, /aria-label="Sun 2,592\u00a0W, Grid 0\u00a0W, Battery 2,092\u00a0W, House 500\u00a0W"/);
    assert.match(page, /Sun<\/th><td>5\.7<\/td>/, "kWh of sun until ten o'clock");
    assert.ok(page.endsWith("</html>\n"));
    assert.deepEqual(readdirSync(join(station.folder, "www")), ["index.html"], "no temporary file is left");
    assert.equal(
      station.look((store) => latestJobRun(store, "status-page")?.exit_code),
      0,
    );
  });
}

test("the very first page comes before the first sample", async (t) => {
  const station = testStation(t, "");
  const { code, stderr } = await station.run("status-page", [], { now: NOW });
  assert.equal(stderr, "");
  assert.equal(code, 0);
  assert.match(readFileSync(join(station.folder, "www", "index.html"), "utf8"), /Waiting for the first data/);
});

test("configuration decides language, names and place; values of silent devices are gone", async (t) => {
  const station = sunnyStation(t, 1, 'page: {file: "/nowhere"}');
  const path = join(station.folder, "other", "station.html");
  const config = `station: {state_dir: "${station.folder}", lang: ru, name: "<Дача>", time_zone: Europe/Kyiv}\npage: {file: "${path}", refresh_s: 20, cell_order: around}\n`;
  writeFileSync(station.configPath, config);
  const { code } = await station.run("status-page", [], { now: NOW + 3600 });
  assert.equal(code, 0);
  const page = readFileSync(path, "utf8");
  assert.match(page, /<html lang="ru">/);
  assert.match(page, /<header><p class="small soft"><b>&#60;Дача&#62;<\/b>/);
  assert.match(page, /data-refresh="20"/);
  assert.match(page, /молчит/);
  assert.doesNotMatch(page, /<(span|dd)>3,259/, "told of the day before only");
});

test("--dry-run writes nothing; --output - prints the page", async (t) => {
  const station = sunnyStation(t, 1);
  await station.run("status-page", ["--dry-run"], { now: NOW });
  assert.equal(existsSync(join(station.folder, "www")), false);
  const { stdout } = await station.run("status-page", ["--output", "-"], { now: NOW });
  assert.match(stdout, /^<!doctype html>/);
});

test("a page that has nothing new to say is left alone, and renewed before it would look old", async (t) => {
  const station = sunnyStation(t, 1, "page: {disk_every_s: 0}\n");
  const written = async (now: number) =>
    JSON.parse((await station.run("status-page", ["--json"], { now })).stdout).written as boolean;
  // Its charts go on by a step every five minutes: these are within one.
  assert.equal(await written(NOW + 60), true);
  assert.equal(await written(NOW + 120), false);
  assert.equal(await written(NOW + 180), true);
});

test("days that are over get pages once, one in five minutes, linked to each other; those of a wrong clock go", async (t) => {
  const station = sunnyStation(t, 3);
  const store = openStore(join(station.folder, "station.db"), { clock: { now: () => NOW, monotonic: () => 0 } });
  rollUp(store, { now: NOW, time_zone: "UTC" });
  store.close();
  const at = (name: string) => join(station.folder, "www", name);
  mkdirSync(at("day"), { recursive: true });
  writeFileSync(at("day/2026-08-01.html"), "of a clock that was ahead");
  writeFileSync(at("day/notes.html"), "the owner's");
  const run = async (minute: number) => {
    const { code, stderr } = await station.run("status-page", [], { now: NOW + 60 * minute });
    assert.deepEqual([code, stderr], [0, ""]);
  };
  await run(0);
  assert.deepEqual(readdirSync(at("day")).sort(), ["2026-06-20.html", "notes.html"]);
  assert.doesNotMatch(readFileSync(at("day/2026-06-20.html"), "utf8"), /2026-06-19/);
  await run(4);
  assert.deepEqual(readdirSync(at("day")).sort(), ["2026-06-20.html", "notes.html"]);
  // The first run's clock went on while it worked.
  await run(5.5);
  assert.deepEqual(readdirSync(at("day")).sort(), ["2026-06-19.html", "2026-06-20.html", "notes.html"]);
  const page = readFileSync(at("day/2026-06-20.html"), "utf8");
  assert.match(page, /<h1>20\u00a0Jun 2026<\/h1>/);
  assert.match(page, /Sun<\/th><td>2[23]\.\d<\/td>/, "kWh of a whole day");
  assert.match(page, /href="\.\.\/day\/2026-06-19\.html"/, "written again when the one before it came");
  assert.match(readFileSync(at("index.html"), "utf8"), /href="day\/2026-06-20\.html"/);
});

test("a place that cannot be written is told with its path, and the old page stays", async (t) => {
  const station = sunnyStation(t, 1);
  const folder = join(station.folder, "www");
  mkdirSync(folder);
  writeFileSync(join(folder, "index.html"), "old");
  mkdirSync(join(station.folder, "taken"));
  const target = join(station.folder, "taken");
  const { code, stderr } = await station.run("status-page", ["--output", target], { now: NOW });
  assert.equal(code, 74);
  assert.match(stderr, new RegExp(`status-page: error: ${target}`));
  assert.equal(readFileSync(join(folder, "index.html"), "utf8"), "old");
  assert.deepEqual(
    readdirSync(station.folder).filter((name) => name.endsWith(".tmp")),
    [],
  );
  chmodSync(target, 0o755);
});

test("the page, the screen and the exports tell what batmon decided and which alerts are open", async (t) => {
  const station = sunnyStation(t, 1);
  // An hour of silence: the alert on stale data has held long enough at the second look.
  for (const now of [NOW + 3000, NOW + 3600]) assert.equal((await station.run("batmon", [], { now })).code, 0);
  await station.run("status-page", [], { now: NOW + 3600 });
  const page = readFileSync(join(station.folder, "www", "index.html"), "utf8");
  assert.ok(/<p class="why">[^<]{10,}<\/p><p class="small soft">Mode: <b>\w+/.test(page), "the decision and why");
  assert.ok(
    /<details class="note (warning|critical)"[^>]*><summary><b>[^<]+<\/b>.*?<p>[^<]{10,}/.test(page),
    "an open alert",
  );
  const json = JSON.parse((await station.run("station", ["status", "--json"], { now: NOW + 3600 })).stdout);
  assert.equal(json.grid_switch.at, NOW + 3600);
  assert.ok(json.alerts.length > 0);
  const { stdout } = await station.run("station", ["export", "-f", "prometheus"], { now: NOW + 3600 });
  assert.match(stdout, /solar_station_open_alerts\{severity="(warning|critical)"\} [1-9]/);
});
