/** The steps of docs/how-to/feed-in.md on the simulated plant: what is ordered, what happens, what is seen. */
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { snapshotFromRaw } from "../../lib/codec/values.ts";
import { derive } from "../../lib/devices/inverter/derived.ts";
import { INVERTER_SAMPLE_FIELDS } from "../../lib/devices/inverter/sample.ts";
import { plantDevices } from "../../lib/devices/plant-devices.ts";
import { Pv1800Client } from "../../lib/devices/pv1800/client.ts";
import { RtuMaster } from "../../lib/modbus/rtu-master.ts";
import { openWire } from "../../lib/port/open.ts";
import { drivePlant } from "../../lib/sim/day-drive.ts";
import { bmsSample, inverterSample, type Moment, runAlerts } from "../rules/alerts-support.ts";
import { bmsRound, inverterRound, orderStation, withBms } from "../support/orders.ts";
import { startSimulatedBms, startSimulatedInverter } from "../support/simulated.ts";

test("feed-in by orders: PV is sold, 25214 reads 0, the estimate shows it, the alerts name it, and it can be undone", async (t) => {
  const driven = drivePlant({ scenario: "clear_summer", seed: 1, capacity_ah: 100 });
  const { inverter, bms } = plantDevices(driven.plant);
  const inverterLine = await startSimulatedInverter(t, { source: inverter });
  const bmsLine = await startSimulatedBms(t, { source: bms });
  const station = orderStation(t);
  const drop = (file: string, line: string) => appendFileSync(join(station.folder, file), `${line}\n`);
  const values = async () => {
    const wire = await openWire({ port: inverterLine.url, baud: 19200 });
    try {
      const status = await new Pv1800Client(new RtuMaster(wire, { gap_ms: 5, timeout_ms: 200 })).readStatus();
      return snapshotFromRaw(INVERTER_SAMPLE_FIELDS, status);
    } finally {
      await wire.close();
    }
  };
  const moment = async (sold_before: number | null): Promise<Moment> => {
    const now = await values();
    const { grid_power_estimated } = derive(now, {
      exported_since: sold_before === null ? null : (now.grid_export_energy ?? 0) - sold_before,
    });
    const sample = await withBms(bmsLine.url, "4e57", (client) => client.readSample());
    const at = driven.now();
    const inverterView = {
      ongrid_switch: now.ongrid_switch,
      grid_power: now.grid_power,
      grid_power_estimated,
      grid_export_energy: now.grid_export_energy,
    };
    return {
      now: at,
      inverter: [inverterSample(at, inverterView)],
      bms: [bmsSample(at, { charge_mosfet_on: sample.charge_mosfet_on === 1 })],
    };
  };

  driven.advanceTo(11 * 60);
  const before = await values();
  drop("inverter_cmd.lst", "20113=50");
  assert.equal((await inverterRound(station, inverterLine.url)).failure, null);
  drop("jkbms_cmd.lst", "charge_mosfet=off");
  assert.equal((await bmsRound(station, bmsLine.url, "4e57")).failure, null);

  const moments: Moment[] = [];
  for (let minute = 11 * 60 + 1; minute <= 11 * 60 + 40; minute++) {
    driven.advanceTo(minute);
    moments.push(await moment(before.grid_export_energy));
  }
  const during = await values();
  assert.ok(driven.plant.gridPower < -100, `the plant exports ${-driven.plant.gridPower} W`);
  assert.equal(during.grid_power, 0, "register 25214 hides it");
  assert.ok((during.grid_export_energy as number) > (before.grid_export_energy as number), "the sold counter rises");
  const { grid_power_estimated } = derive(during);
  assert.ok(
    Math.abs((grid_power_estimated as number) - driven.plant.gridPower) < 10,
    `${grid_power_estimated} W estimated`,
  );
  const raised = runAlerts(moments).events.map((event) => event.text);
  assert.ok(
    raised.some((text) => /^The inverter sells to the grid while the BMS has charging switched off/.test(text)),
    raised.join("\n"),
  );

  drop("jkbms_cmd.lst", "charge_mosfet=on");
  assert.equal((await bmsRound(station, bmsLine.url, "4e57")).failure, null);
  driven.advanceTo(11 * 60 + 45);
  const sold = (await values()).grid_export_energy as number;
  driven.advanceTo(12 * 60);
  assert.equal((await values()).grid_export_energy, sold, "nothing is sold any more");
  assert.ok(driven.plant.gridPower >= 0);
});
