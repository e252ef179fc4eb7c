import { accessSync, constants, existsSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileLockHolder } from "../base/proc-locks.ts";
import type { Context } from "../cli/spec.ts";
import { inverterUnits } from "../config/units.ts";
import { parsePort } from "../port/open.ts";
import { lastingName, serialPorts } from "../setup/adapters.ts";
import { lockHolder } from "../store/port-lock.ts";
import type { DoctorDevice } from "../words/doctor-values.ts";
import { type Check, deviceCalled, fail, ok, warn } from "./check.ts";

/** Every port of the configuration: there, ours to use, free, and named so that it stays the same. */
export function portChecks(context: Context): Check[] {
  const uses = new Map<string, DoctorDevice>();
  const inverters = inverterUnits(context.config);
  for (const { name, port } of inverters) {
    uses.set(port, uses.get(port) ?? deviceCalled(context, "inverter", inverters.length > 1 ? name : "inverter"));
  }
  for (const { name, port } of context.config.bms) {
    uses.set(port, uses.get(port) ?? deviceCalled(context, "bms", name));
  }
  return [...uses].flatMap(([port, device]) => checksOf(context, port, device));
}

function checksOf({ config }: Context, port: string, device: DoctorDevice): Check[] {
  const topic = { topic: "port", device } as const;
  const address = parsePort(port);
  if (address.kind !== "tty") {
    const holder = lockHolder(config.station, port.toLowerCase());
    return [holder ? ok(topic, "port_used", { port, holder }) : ok(topic, "port", { port })];
  }
  if (!existsSync(port)) return [fail(topic, "port_missing", { port, found: serialPorts() })];
  try {
    accessSync(port, constants.R_OK | constants.W_OK);
  } catch {
    return [fail(topic, "port_closed", { port })];
  }
  const real = realpathSync(port);
  const holder = lockHolder(config.station, real) ?? fileLockHolder(real, "FLOCK");
  const state = holder ? ok(topic, "port_used", { port, holder }) : ok(topic, "port_free", { port });
  return [state, ...stableName(port, real, device)];
}

/** ttyUSB numbers follow the order of plugging in: two adapters may change places. */
function stableName(port: string, real: string, device: DoctorDevice): Check[] {
  if (port.startsWith("/dev/serial/") || !/^\/dev\/tty(USB|ACM)\d+$/.test(port)) return [];
  const [link, rule] = [lastingName(real), udevRule(real, device.name)];
  return [warn({ topic: "port_name", device }, "port_unstable", { port, link, rule })];
}

/** A rule that names the adapter by its serial number, or by its socket when it has none. */
export function udevRule(device: string, use: string, root = "/sys/class/tty"): string | null {
  const usb = usbFolder(join(root, basename(device)));
  if (usb === null) return null;
  const read = (file: string) => {
    try {
      return readFileSync(join(usb, file), "utf8").trim().replace(/["\\]/g, "");
    } catch {
      return "";
    }
  };
  const serial = read("serial");
  const which = serial === "" ? `KERNELS=="${basename(usb)}"` : `ATTRS{serial}=="${serial}"`;
  return `SUBSYSTEM=="tty", ATTRS{idVendor}=="${read("idVendor")}", ATTRS{idProduct}=="${read("idProduct")}", ${which}, SYMLINK+="solar-${use}"`;
}

/** The USB device above a tty: the first folder upwards that knows its vendor. */
function usbFolder(tty: string): string | null {
  let folder: string;
  try {
    folder = realpathSync(join(tty, "device"));
  } catch {
    return null;
  }
  for (; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, "idVendor"))) return folder;
  }
  return null;
}
