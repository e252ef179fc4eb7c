import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { rememberFacts } from "../../lib/store/device-rows.ts";
import { observe, startBroker } from "../support/broker.ts";
import { mqttStation, secretFile } from "../support/mqtt-station.ts";
import { requirePart } from "../support/parts.ts";
import { waitFor } from "../support/wait.ts";

const skip = requirePart("mosquitto");
const NOW = 1_790_000_000;
const HOW_TO = resolve(import.meta.dirname, "../../docs/how-to");
const page = (name: string) => readFileSync(join(HOW_TO, name), "utf8");

test("entities and fields of the example dashboards exist", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker, "backlog: true");
  station.poll(NOW);
  // Switches of a BMS are offered once its protocol is known.
  station.store((store) => {
    rememberFacts(store, "bms", "bms", { dialect: "4e57" });
    store.flush();
  });
  await station.push(NOW);
  const history = (device: string) => home.last.get(`solar_station/${device}/history`);
  await waitFor(() => history("bms") && history("inverter"));
  const [ids, enabled] = [new Set<string>(), new Set<string>()];
  for (const device of ["station", "inverter", "bms"]) {
    const text = home.last.get(`homeassistant/device/solar_station_${device}/config`) ?? "{}";
    const { components } = JSON.parse(text) as {
      components: Record<string, { default_entity_id: string; enabled_by_default?: boolean }>;
    };
    for (const { default_entity_id, enabled_by_default } of Object.values(components)) {
      ids.add(default_entity_id);
      if (enabled_by_default !== false) enabled.add(default_entity_id);
    }
  }
  const namedOn = (name: string) =>
    page(name).match(/\b(sensor|binary_sensor|switch|select|number)\.solar_station_\w+[a-z0-9]\b/g) ?? [];
  const shown = namedOn("home-assistant-dashboard.yaml");
  assert.ok(shown.length > 40);
  const isMissing = (known: ReadonlySet<string>) => (id: string) => !known.has(id);
  assert.deepEqual(
    shown.filter(isMissing(enabled)),
    [],
    "a new owner's dashboard shows no entity that is switched off",
  );
  assert.deepEqual(namedOn("home-assistant.md").filter(isMissing(ids)), []);
  const views = (parse(page("home-assistant-dashboard.yaml")) as { views: unknown[] }).views;
  assert.equal(views.length, 2);

  const dashboard = JSON.parse(page("grafana-dashboard.json")) as { panels: { targets: { query: string }[] }[] };
  const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ query }) => query));
  assert.ok(queries.length > 20);
  for (const query of queries) {
    const [, field = "", device] = /\("(\w+)"\).*"device" = '\$(\w+)'/.exec(query) ?? [];
    const fields = JSON.parse(history(device === "battery" ? "bms" : "inverter") ?? "{}") as Record<string, unknown>;
    assert.equal(typeof fields[field], "number", query);
  }
});

test("the texts and booleans that Telegraf must be told of are those of the history", { skip }, async (t) => {
  const broker = await startBroker(t);
  const home = await observe(t, broker);
  const station = mqttStation(t, broker, "backlog: true");
  station.poll(NOW);
  // Switches of a BMS are offered once its protocol is known.
  station.store((store) => {
    rememberFacts(store, "bms", "bms", { dialect: "4e57" });
    store.flush();
  });
  await station.push(NOW);
  const history = (device: string) => home.last.get(`solar_station/${device}/history`);
  await waitFor(() => history("bms") && history("inverter"));
  const listed = /json_string_fields = \[([^\]]*)\]/.exec(page("influxdb.md"))?.[1] ?? "";
  const patterns = [...listed.matchAll(/"([^"]+)"/g)].map(
    ([, glob = ""]) => new RegExp(`^${glob.replaceAll("*", ".*")}$`),
  );
  for (const device of ["bms", "inverter"]) {
    const fields = Object.entries(JSON.parse(history(device) ?? "{}") as Record<string, unknown>);
    for (const [key, value] of fields) {
      if (key === "time" || (typeof value !== "string" && typeof value !== "boolean")) continue;
      assert.ok(
        patterns.some((pattern) => pattern.test(key)),
        `${key} is no number and not listed`,
      );
    }
  }
});

test("the ACL of the page lets the station work, Home Assistant command, and a viewer only see", {
  skip,
}, async (t) => {
  const acl = /```acl\n([\s\S]*?)```/.exec(page("mosquitto.md"))?.[1] ?? "";
  const users = ["solar", "homeassistant", "viewer"].map((user) => [user, `${user}-secret`] as const);
  const broker = await startBroker(t, { users, acl: acl.split("\n") });
  const station = mqttStation(t, broker, `password_file: ${secretFile(t, "solar solar-secret")}`);
  station.poll(NOW);
  await station.push(NOW);
  const home = await observe(t, broker, { credentials: ["homeassistant", "homeassistant-secret"] });
  const viewer = await observe(t, broker, { credentials: ["viewer", "viewer-secret"] });
  await waitFor(
    () =>
      viewer.last.has("solar_station/inverter/state") &&
      home.last.has("homeassistant/device/solar_station_inverter/config"),
  );
  const command = "solar_station/inverter/ongrid_switch/set";
  await assert.rejects(viewer.publish(command, "OFF"), /[Nn]ot authorized/);
  await home.publish(command, "OFF");
  await assert.rejects(home.publish("solar_station/inverter/state", "{}"), /[Nn]ot authorized/);
  assert.deepEqual((await station.push(NOW + 1)).commands, { accepted: 1, refused: 0, duplicates: 0 });
});
