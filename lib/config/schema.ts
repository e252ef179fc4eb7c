import { z } from "zod";
import { crossChecks } from "./cross-checks.ts";
import { alertsSection } from "./sections/alerts.ts";
import { backupSection } from "./sections/backup.ts";
import { batmonSection } from "./sections/batmon.ts";
import { bmsSection, inverterSection, moreInvertersSection } from "./sections/device-section.ts";
import { exportSection } from "./sections/export.ts";
import { mqttSection } from "./sections/mqtt.ts";
import { notifySection } from "./sections/notify.ts";
import { ordersSection } from "./sections/orders.ts";
import { pageSection } from "./sections/page.ts";
import { stationSection } from "./sections/station.ts";

/**
 * The whole of config.yaml: description, unit, default and range of every key stand here and nowhere else. Unknown keys are
 * errors; every section has defaults, so that an empty file is valid.
 */
export const configSchema = z
  .strictObject({
    station: stationSection.prefault({}).describe("The station as a whole"),
    inverter: inverterSection.prefault({}).describe("The inverter"),
    more_inverters: moreInvertersSection,
    bms: bmsSection,
    mqtt: mqttSection.prefault({}).describe("MQTT broker and Home Assistant"),
    orders: ordersSection.prefault({}).describe("Orders to the devices: command files, life and limits"),
    batmon: batmonSection.prefault({}).describe("The battery monitor: grid switch, reports"),
    alerts: alertsSection.describe("Alerts; each can be switched off or tuned"),
    notify: notifySection.prefault({}).describe("Where messages go"),
    page: pageSection.prefault({}).describe("The status page"),
    export: exportSection.prefault({}).describe("Files for other programs"),
    backup: backupSection.prefault({}).describe("Backups, day files, and how long samples are kept"),
  })
  .superRefine(crossChecks);

export type Config = z.infer<typeof configSchema>;
