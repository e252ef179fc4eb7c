import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";

const ROOT = resolve(import.meta.dirname, "../..");

/** What each place may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  codec: ["base"],
  // What a person reads: every room above may use it, and it knows none of them.
  words: ["base", "codec"],
  port: ["base"],
  modbus: ["base", "codec", "port/wire.ts"],
  // A kind's folder holds its simulator too, which needs to know what a simulated device is, how it answers, and the plant that it shows.
  devices: [
    ...["base", "codec", "modbus", "port", "sim/device.ts", "sim/answer.ts", "sim/modbus-slave.ts"],
    ...["sim/wire-log.ts", "sim/bms-state.ts", "sim/inverter-source.ts", "sim/write-behaviour.ts"],
    ...["sim/plant/plant.ts", "sim/plant/inverter.ts", "sim/plant-flow.ts", "sim/plant-bms.ts"],
  ],
  view: ["base", "codec", "devices"],
  store: ["base", "codec", "devices", "view"],
  // The configuration imports none of it back: orders need its types (files, limits) and the list of its units.
  orders: ["base", "codec", "words", "devices", "view", "store", "config/schema.ts", "config/units.ts"],
  rules: ["base", "codec", "devices", "view"],
  publish: ["base", "codec", "words", "devices", "view", "rules"],
  page: ["base", "codec", "words", "devices", "view", "rules"],
  export: ["base", "codec", "devices", "view", "rules"],
  sim: ["base", "codec", "words", "modbus", "devices", "port", "view/record.ts", "view/doubt.ts"],
  // The configuration's schema takes ranges and defaults of rule parameters from the rules' own tables.
  config: ["base", "codec", "words", "rules", "devices"],
  cli: ["base", "codec", "words", "config", "store", "port/wire.ts"],
  // What it makes of the state file is what page, messages, Home Assistant and exports show: it speaks in their types.
  station: [
    ...["base", "codec", "words", "devices", "view", "store", "orders", "rules", "publish", "page", "export", "config"],
    ...["cli/spec.ts", "cli/version.ts"],
  ],
  poll: [
    ...["base", "codec", "words", "port", "modbus", "devices", "view", "store", "orders", "config", "station"],
    "cli/spec.ts",
  ],
  judge: [
    ...[
      "base",
      "codec",
      "words",
      "devices",
      "view",
      "store",
      "orders",
      "rules",
      "publish",
      "config",
      "station",
      "poll",
    ],
    ...["sim/plant/inverter.ts", "sim/plant/plant-run.ts", "sim/plant/scenario.ts", "cli/spec.ts"],
  ],
  terminal: [
    ...["base", "codec", "words", "devices", "view", "rules", "page", "station", "poll", "judge"],
    ...["cli/spec.ts", "cli/terminal.ts"],
  ],
  chat: [
    ...["base", "words", "view", "store", "orders", "rules", "publish", "page", "config", "station", "judge"],
    "cli/spec.ts",
  ],
  home: [
    ...["base", "codec", "words", "devices", "view", "store", "orders", "rules", "publish", "page", "export", "config"],
    ...["station", "cli/spec.ts", "cli/version.ts"],
  ],
  // How a station comes to run on this computer; --switch and --back speak as their command does.
  setup: [
    ...[
      "base",
      "codec",
      "words",
      "devices",
      "view",
      "store",
      "orders",
      "publish",
      "export",
      "config",
      "station",
      "poll",
      "judge",
    ],
    ...["cli/spec.ts", "cli/sibling.ts"],
  ],
  support: [
    ...["base", "codec", "words", "port", "devices", "view", "store", "publish", "config", "station", "poll", "setup"],
    ...["modbus/master.ts", "rules", "judge", "sim/serve.ts", "cli/spec.ts", "cli/sibling.ts", "cli/version.ts"],
  ],
  backup: ["base", "codec", "devices", "store", "config", "cli/spec.ts"],
  jobs: [
    ...["base", "codec", "words", "port", "modbus", "devices", "view", "store", "orders", "rules", "publish"],
    ...["page", "export", "sim", "config", "cli", "station", "poll", "terminal", "judge", "chat", "home"],
    ...["setup", "support", "backup"],
  ],
  bin: ["base", "codec", "cli", "jobs", "config", "store"],
};

/** Each package has one home, so that replacing it touches one folder. */
const PACKAGE_HOME: Readonly<Record<string, string>> = {
  serialport: "port",
  "modbus-serial": "modbus",
  "better-sqlite3": "store",
  mqtt: "publish",
  axios: "publish",
  yaml: "config",
  zod: "config",
  commander: "cli",
};

const sources = ["bin", "lib"].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(ROOT, folder, name)),
);

function placeOf(file: string): string {
  const parts = relative(ROOT, file).split("/");
  if (parts[0] === "bin") return "bin";
  return parts[1] as string;
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const statements = text.matchAll(
    /^(?:import|export)\s[^"=]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"\)/gm,
  );
  return [...statements].map((match) => (match[1] ?? match[2] ?? match[3]) as string);
}

test("every import points downward", () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const place = placeOf(file);
    const allowed = MAY_IMPORT[place];
    assert.ok(allowed, `lib/${place} has no place in the list of layers`);
    for (const name of importsOf(file).filter((name) => name.startsWith("."))) {
      const target = resolve(dirname(file), name);
      const inLib = relative(join(ROOT, "lib"), target);
      const to = placeOf(target);
      if (to !== place && !allowed.includes(to) && !allowed.includes(inLib))
        wrong.push(`${relative(ROOT, file)} imports ${inLib}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("every npm package appears in one folder", () => {
  const wrong: string[] = [];
  for (const file of sources) {
    for (const name of importsOf(file).filter((name) => !name.startsWith("."))) {
      const bare = name.replace(/^node:/, "").split("/")[0] as string;
      if (name.startsWith("node:") || builtinModules.includes(bare)) continue;
      const pack = name.startsWith("@") ? name.split("/").slice(0, 2).join("/") : bare;
      if (PACKAGE_HOME[pack] !== placeOf(file)) wrong.push(`${relative(ROOT, file)} imports ${pack}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("commands are thin", () => {
  for (const file of sources.filter((file) => placeOf(file) === "bin")) {
    const lines = readFileSync(file, "utf8").trimEnd().split("\n").length;
    assert.ok(lines <= 60, `${relative(ROOT, file)} has ${lines} lines`);
  }
});
