/** What stands on a real terminal: no line wider than it, and nothing beyond ASCII where the locale knows no more. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { widthOf } from "../../lib/cli/terminal.ts";
import { openStore } from "../../lib/store/database.ts";
import { bundled } from "../support/bundle.ts";
import { tries } from "../support/campaign.ts";
import { testStation } from "../support/command.ts";
import { storeSunnyDays } from "../support/sunny-days.ts";

/** 2026-06-21 10:00 UTC. */
const NOW = Date.UTC(2026, 5, 21, 10) / 1000;
/** At night every width in both locales; by day the narrowest, where every line has to fit. */
const SCREENS = ([60, 80, 120] as const)
  .flatMap((columns) => (["C", "C.UTF-8"] as const).map((locale) => ({ columns, locale })))
  .slice(0, tries(1, 6));

const SHOWN = [
  ...["station status", "station doctor", "station report", "station report month", "station history --chart"],
  ...["batmon --plan", "batmon --why", "inverter-cmd log", "inverter-cmd list", "inverter-cmd queue"],
  "inverter-cmd set max_discharge_current 90",
];

test("every screen keeps to the terminal's width, and to ASCII where the locale has no more", async (t) => {
  const station = testStation(t, "inverter: {port: tcp://127.0.0.1:9}\nbms: [{port: tcp://127.0.0.1:19}]");
  const store = openStore(join(station.folder, "station.db"));
  storeSunnyDays(store, NOW - 86_400, NOW - 29);
  store.close();
  appendFileSync(join(station.folder, "inverter_cmd.lst"), "20113=900\nongrid_switch=maybe\n20105=0 for 2h\n");
  for (const job of ["pv1800-dump", "batmon"]) await station.run(job, [], { now: NOW });
  for (const { columns, locale } of SCREENS) {
    for (const command of SHOWN) {
      const [name = "", ...args] = command.split(" ");
      const line = [process.execPath, bundled(name), ...args, "--config", station.configPath].join(" ");
      const text = await onTerminal(`${line}; true`, columns, locale);
      assert.notEqual(text.trim(), "", command);
      for (const one of text.split("\n")) {
        assert.ok(widthOf(one) <= columns, `${command} at ${columns} columns: ${one}`);
        if (locale === "C") assert.doesNotMatch(one.replaceAll("\u001b", ""), /[^\x20-\x7e]/, `${command}: ${one}`);
      }
    }
  }
});

/** What a command puts on a terminal of this width. */
async function onTerminal(command: string, columns: number, locale: string): Promise<string> {
  const { SOLAR_STATION_CONFIG: _config, NO_COLOR: _colour, ...inherited } = process.env;
  const env = { ...inherited, LC_ALL: locale, TERM: "xterm", SOLAR_STATION_NOW: String(NOW + 5) };
  const line = `stty cols ${columns} rows 60 -opost; exec 2>&1; ${command}`;
  const { stdout } = await promisify(execFile)("script", ["-qec", line, "/dev/null"], { env, encoding: "utf8" });
  return stdout;
}
