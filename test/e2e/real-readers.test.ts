import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { parse } from "yaml";
import { testStation } from "../support/command.ts";
import { requirePart } from "../support/parts.ts";
import { feed } from "../support/plant-samples.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { freePort } from "../support/simulated.ts";
import { waitFor } from "../support/wait.ts";

const HOW_TO = resolve(import.meta.dirname, "../../docs/how-to");
const skipPrometheus = requirePart("prometheus") || requirePart("prometheus-node-exporter");
const skipInflux = requirePart("influxd");

/** Starts a server; it ends with the test. */
function serve(t: TestContext, program: string, args: readonly string[]): void {
  const child = spawn(program, args, { stdio: "ignore" });
  t.after(() => child.kill("SIGKILL"));
}

async function json(url: string): Promise<Record<string, unknown> | null> {
  return fetch(url).then(
    (answer) => (answer.ok ? (answer.json() as Promise<Record<string, unknown>>) : null),
    () => null,
  );
}

test("Prometheus: our file through node_exporter into a real server, with the page's rules", {
  skip: skipPrometheus,
  timeout: 120_000,
}, async (t) => {
  const folder = scratchDirectory(t);
  const [textfiles, exporter, server] = [join(folder, "textfiles"), await freePort(), await freePort()];
  mkdirSync(textfiles);
  const station = testStation(t, `export: {prometheus_file: ${join(textfiles, "solar_station.prom")}}`);
  const now = Math.floor(Date.now() / 1000);
  feed(station, now - 120, now, { soc: 61, pv: 1234, load: 700 });
  const { code, stderr } = await station.run("station", ["export", "--format", "prometheus"], { now });
  assert.deepEqual([code, stderr], [0, ""]);
  const page = readFileSync(join(HOW_TO, "prometheus.md"), "utf8");
  const rules = parse(/```yaml\n(- alert:[\s\S]*?)```/.exec(page)?.[1] ?? "") as unknown[];
  assert.ok(rules.length >= 3);
  writeFileSync(join(folder, "rules.json"), JSON.stringify({ groups: [{ name: "solar", interval: "1s", rules }] }));
  const scrape = { job_name: "node", static_configs: [{ targets: [`127.0.0.1:${exporter}`] }] };
  const config = { global: { scrape_interval: "1s" }, rule_files: ["rules.json"], scrape_configs: [scrape] };
  writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(config));
  const only = ["--collector.disable-defaults", "--collector.textfile"];
  const listen = `--web.listen-address=127.0.0.1:${exporter}`;
  serve(t, "prometheus-node-exporter", [...only, `--collector.textfile.directory=${textfiles}`, listen]);
  const paths = [`--config.file=${join(folder, "prometheus.yml")}`, `--storage.tsdb.path=${join(folder, "tsdb")}`];
  serve(t, "prometheus", [...paths, `--web.listen-address=127.0.0.1:${server}`]);
  const query = async (text: string) => {
    const answer = await json(`http://127.0.0.1:${server}/api/v1/query?query=${encodeURIComponent(text)}`);
    const { result = [] } = (answer?.data ?? {}) as { result?: { metric: Record<string, string>; value: string[] }[] };
    return result;
  };
  const soc = await waitFor(async () => (await query("solar_station_bms_soc_percent"))[0], "a scrape");
  assert.equal(Number(soc.value[1]), 61);
  assert.deepEqual([soc.metric.device, soc.metric.job], ["bms", "node"]);
  assert.equal(Number((await query("solar_station_inverter_pv_power_watts"))[0]?.value[1]), 1234);
  assert.equal(Number((await query("solar_station_bms_cell_max_voltage_volts"))[0]?.value[1]), 3.32);
  assert.deepEqual(await query('{__name__=~"solar_station_.*",exported_job!=""}'), [], "no label of ours collides");
  assert.equal(Number((await query("solar_station_device_up == 1"))[0]?.value[1]), 1);
  await waitFor(async () => (await query("pv_kwh_last_24h"))[0], "the page's rule");
  const told = (await json(`http://127.0.0.1:${server}/api/v1/rules`)) as {
    data: { groups: { rules: { name: string; health: string }[] }[] };
  };
  for (const { name, health } of told.data.groups[0]?.rules ?? []) assert.equal(health, "ok", name);
});

test("InfluxDB: samples arrive in a real server by the page's line, once, and the dashboard's queries find them", {
  skip: skipInflux,
  timeout: 120_000,
}, async (t) => {
  const folder = scratchDirectory(t);
  const [http, rpc] = [await freePort(), await freePort()];
  const path = (name: string) => JSON.stringify(join(folder, name));
  writeFileSync(
    join(folder, "influx.conf"),
    [
      ...["reporting-disabled = true", `bind-address = "127.0.0.1:${rpc}"`],
      ...["[meta]", `dir = ${path("meta")}`, "[data]", `dir = ${path("data")}`, `wal-dir = ${path("wal")}`],
      ...["[http]", `bind-address = "127.0.0.1:${http}"`, "auth-enabled = true", "log-enabled = false"],
    ].join("\n"),
  );
  serve(t, "influxd", ["-config", join(folder, "influx.conf")]);
  const base = `http://127.0.0.1:${http}`;
  await waitFor(
    () =>
      fetch(`${base}/ping`)
        .then(({ status }) => status === 204)
        .catch(() => false),
    "influxd",
  );
  const basic = `Basic ${Buffer.from("solar:s3cret").toString("base64")}`;
  /** Rows of the first series of each statement. */
  const ask = async (...statements: readonly string[]) => {
    const body = new URLSearchParams({ q: statements.join("; "), db: "solar" });
    const answer = await fetch(`${base}/query`, { method: "POST", body, headers: { Authorization: basic } });
    const { results } = (await answer.json()) as { results: { series?: { values: unknown[][] }[] }[] };
    return results.map(({ series }) => series?.[0]?.values ?? []);
  };
  await ask("CREATE USER solar WITH PASSWORD 's3cret' WITH ALL PRIVILEGES");
  await ask("CREATE DATABASE solar");
  const token = join(folder, "token");
  writeFileSync(token, `${basic}\n`, { mode: 0o600 });
  const station = testStation(t, "export: {batch_rows: 100}");
  const now = Math.floor(Date.now() / 60_000) * 60;
  feed(station, now - 3600, now, { soc: 61, pv: 1234 });
  const send = async (at: number) => {
    const args = ["export", "-f", "influx", "--to", `${base}/write?db=solar`, "--token-file", token, "--json"];
    const { code, stdout, stderr } = await station.run("station", args, { now: at });
    assert.deepEqual([code, stderr], [0, ""]);
    return JSON.parse(stdout) as { rows: number; refused: number };
  };
  assert.deepEqual(await send(now).then(({ rows, refused }) => [rows, refused]), [120, 0]);
  assert.equal((await send(now + 1)).rows, 0, "nothing comes twice");
  const [found] = await ask("SELECT count(soc), last(cell_max_voltage) FROM bms");
  assert.deepEqual(found?.[0]?.slice(1), [60, 3.32]);
  const dashboard = JSON.parse(readFileSync(join(HOW_TO, "grafana-dashboard.json"), "utf8")) as {
    panels: { targets: { query: string }[] }[];
  };
  const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ query }) => query));
  assert.ok(queries.length > 20);
  const values = { $timeFilter: "time > now() - 2h", $__interval: "1m", $inverter: "inverter", $battery: "bms" };
  const made = queries.map((query) =>
    Object.entries({ ...values, $timezone: "Europe/Berlin" }).reduce(
      (text, [name, value]) => text.replaceAll(name, value),
      query,
    ),
  );
  const answers = await ask(...made);
  assert.deepEqual(
    made.filter((_query, index) => (answers[index] ?? []).length === 0),
    [],
  );
});

test("promtool takes the page's rules", { skip: requirePart("promtool") }, (t) => {
  const page = readFileSync(join(HOW_TO, "prometheus.md"), "utf8");
  const rules = parse(/```yaml\n(- alert:[\s\S]*?)```/.exec(page)?.[1] ?? "") as unknown[];
  const file = join(scratchDirectory(t), "rules.json");
  writeFileSync(file, JSON.stringify({ groups: [{ name: "solar", rules }] }));
  const { status, stdout } = spawnSync("promtool", ["check", "rules", file], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
});
