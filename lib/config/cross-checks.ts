import type { z } from "zod";
import { type Failure, failure } from "../base/failure/failure.ts";
import { refuse } from "./keys.ts";

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
  const issue = (path: (string | number)[], what: Failure) => refuse(context, path, what);
  const judge = config.batmon.bms;
  if (judge !== null && !config.bms.some(({ name }) => name === judge)) {
    const names = config.bms.map(({ name }) => name).join(", ");
    issue(["batmon", "bms"], failure("bms_not_listed", { name: judge, names }));
  }
  const inverters = [
    { ...config.inverter, path: ["inverter"] },
    ...config.more_inverters.map((one, index) => ({ ...one, path: ["more_inverters", index] })),
  ];
  inverters.forEach(({ path, name, port, baud, slave }, index) => {
    if (name === STATION) issue([...path, "name"], failure("name_of_station", { name }));
    for (const other of inverters.slice(0, index)) {
      const place = other.path.join(".");
      if (other.name === name) issue([...path, "name"], failure("name_taken", { name, place }));
      if (other.port !== port) continue;
      if (other.slave === slave) issue([...path, "slave"], failure("slave_taken", { slave, port, place }));
      if (other.baud !== baud)
        issue([...path, "baud"], failure("port_of_other_baud", { port, place, baud: other.baud }));
    }
  });
  config.bms.forEach((bms, index) => {
    if (bms.name === STATION) issue(["bms", index, "name"], failure("name_of_station", { name: bms.name }));
    for (const { name, port, path } of inverters) {
      const place = path.join(".");
      if (bms.name === name) issue(["bms", index, "name"], failure("name_of_inverter", { name, place }));
      if (bms.port === port) issue(["bms", index, "port"], failure("port_of_inverter", { port, place }));
    }
    const { name, port, slave } = bms;
    config.bms.slice(0, index).forEach((other, before) => {
      const place = `bms.${before}`;
      if (other.name === name) issue(["bms", index, "name"], failure("name_taken", { name, place }));
      if (other.port !== bms.port) return;
      if (bms.protocol !== "modbus" || other.protocol !== "modbus") {
        issue(["bms", index, "port"], failure("port_not_shared", { port, place }));
      } else if (other.slave === bms.slave) {
        issue(["bms", index, "slave"], failure("slave_taken", { slave, port, place }));
      }
    });
  });
}
