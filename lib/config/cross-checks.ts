import type { z } from "zod";

/** The part of the configuration that checks between keys look at. */
interface Checked {
  readonly inverter: CheckedInverter;
  readonly more_inverters: readonly CheckedInverter[];
  readonly bms: readonly {
    readonly name: string;
    readonly port: string;
    readonly protocol: string;
    readonly slave: number;
  }[];
  readonly batmon: { readonly bms: string | null };
}

interface CheckedInverter {
  readonly name: string;
  readonly port: string;
  readonly baud: number;
  readonly slave: number;
}

/** Name of the station among its devices in topics. */
const STATION = "station";

/** Checks that span several keys; each names both. */
export function crossChecks(config: Checked, context: z.RefinementCtx): void {
  const issue = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
  const judge = config.batmon.bms;
  if (judge !== null && !config.bms.some(({ name }) => name === judge)) {
    issue(
      ["batmon", "bms"],
      `no BMS is called "${judge}" (bms.*.name: ${config.bms.map(({ name }) => name).join(", ")})`,
    );
  }
  const inverters = [
    { ...config.inverter, path: ["inverter"] },
    ...config.more_inverters.map((one, index) => ({ ...one, path: ["more_inverters", index] })),
  ];
  inverters.forEach(({ path, name, port, baud, slave }, index) => {
    if (name === STATION) issue([...path, "name"], `"${STATION}" is the station's own name in topics`);
    for (const other of inverters.slice(0, index)) {
      const place = other.path.join(".");
      if (other.name === name) issue([...path, "name"], `"${name}" is taken by ${place}.name`);
      if (other.port !== port) continue;
      if (other.slave === slave) issue([...path, "slave"], `slave ${slave} on ${port} is taken by ${place}.slave`);
      if (other.baud !== baud) issue([...path, "baud"], `${port} is ${place}.port too, which has ${other.baud} bit/s`);
    }
  });
  config.bms.forEach((bms, index) => {
    if (bms.name === STATION) issue(["bms", index, "name"], `"${STATION}" is the station's own name in topics`);
    for (const { name, port, path } of inverters) {
      const place = path.join(".");
      if (bms.name === name) issue(["bms", index, "name"], `"${bms.name}" is the inverter's name too (${place}.name)`);
      if (bms.port === port) issue(["bms", index, "port"], `${bms.port} is the inverter's port too (${place}.port)`);
    }
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
