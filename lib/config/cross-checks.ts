import type { z } from "zod";

/** The part of the configuration that checks between keys look at. */
interface Checked {
  readonly inverter: { readonly name: string; readonly port: string };
  readonly bms: readonly {
    readonly name: string;
    readonly port: string;
    readonly protocol: string;
    readonly slave: number;
  }[];
  readonly batmon: { readonly bms: string | null };
}

/** Name of the station among its devices in topics. */
const STATION = "station";

/** Checks that span several keys; each names both. */
export function crossChecks(config: Checked, context: z.RefinementCtx): void {
  const issue = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
  if (config.inverter.name === STATION) issue(["inverter", "name"], `"${STATION}" is the station's own name in topics`);
  const judge = config.batmon.bms;
  if (judge !== null && !config.bms.some(({ name }) => name === judge)) {
    issue(
      ["batmon", "bms"],
      `no BMS is called "${judge}" (bms.*.name: ${config.bms.map(({ name }) => name).join(", ")})`,
    );
  }
  config.bms.forEach((bms, index) => {
    if (bms.name === STATION) issue(["bms", index, "name"], `"${STATION}" is the station's own name in topics`);
    if (bms.name === config.inverter.name)
      issue(["bms", index, "name"], `"${bms.name}" is the inverter's name too (inverter.name)`);
    if (bms.port === config.inverter.port)
      issue(["bms", index, "port"], `${bms.port} is the inverter's port too (inverter.port)`);
    config.bms.slice(0, index).forEach((other, before) => {
      if (other.name === bms.name) issue(["bms", index, "name"], `"${bms.name}" is taken by bms.${before}.name`);
      if (other.port !== bms.port) return;
      if (bms.protocol !== "modbus" || other.protocol !== "modbus") {
        issue(["bms", index, "port"], `${bms.port} is bms.${before}.port too; only protocol: modbus can share a port`);
      } else if (other.slave === bms.slave) {
        issue(["bms", index, "slave"], `slave ${bms.slave} on ${bms.port} is taken by bms.${before}.slave`);
      }
    });
  });
}
