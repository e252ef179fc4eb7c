import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { testStation } from "../support/command.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";

const PAGE = resolve(import.meta.dirname, "../../docs/reference/json.md");

/** The rows of the page: command line and the keys it promises. */
function promised(): { words: string[]; keys: string[] }[] {
  return [...readFileSync(PAGE, "utf8").matchAll(/^\| `([^`]+)` \| (`.*`) \|$/gm)].map(
    ([, command = "", keys = ""]) => ({
      words: command.split(" "),
      keys: [...keys.matchAll(/`([^`]+)`/g)].map(([, key = ""]) => key),
    }),
  );
}

test("docs/reference/json.md names the keys that the commands print", async (t) => {
  const inverter = await startSimulatedInverter(t);
  const bms = await startSimulatedBms(t);
  const ports = `inverter: {port: "${inverter.url}", gap_ms: 5}\nbms: [{port: "${bms.url}", protocol: 4e57, polls: 1}]`;
  const station = testStation(t, ports);
  const rows = promised();
  assert.ok(rows.length > 10);
  for (const { words, keys } of rows) {
    const [name = "", ...args] = words;
    const { stdout, stderr } = await station.run(name, [...args, "--json"]);
    assert.ok(stdout.startsWith("{"), `${words.join(" ")}: ${stderr}`);
    assert.deepEqual(Object.keys(JSON.parse(stdout)).sort(), [...keys].sort(), words.join(" "));
  }
});
