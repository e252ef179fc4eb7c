import { accessSync, constants, existsSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileLockHolder } from "../base/proc-locks.ts";
import type { Context } from "../cli/spec.ts";
import { inverterUnits } from "../config/units.ts";
import { parsePort } from "../port/open.ts";
import { lastingName, serialPorts } from "../setup/adapters.ts";
import { lockHolder } from "../store/port-lock.ts";
import { type Check, fail, ok, warn } from "./check.ts";

/** Every port of the configuration: there, ours to use, free, and named so that it stays the same. */
export function portChecks(context: Context): Check[] {
  const uses = new Map<string, string>();
  const inverters = inverterUnits(context.config);
  for (const { name, port } of inverters) uses.set(port, uses.get(port) ?? (inverters.length > 1 ? name : "inverter"));
  for (const unit of context.config.bms) uses.set(unit.port, uses.get(unit.port) ?? unit.name);
  const checks: Check[] = [];
  for (const [port, use] of uses) checks.push(...checksOf(context, port, use));
  return checks;
}

function checksOf({ config }: Context, port: string, use: string): Check[] {
  const name = `port ${use}`;
  const address = parsePort(port);
  if (address.kind !== "tty") {
    const holder = lockHolder(config.station, port.toLowerCase());
    return [ok(name, holder ? `${port}, now used by ${holder}` : port)];
  }
  if (!existsSync(port)) {
    const found = serialPorts();
    const hint =
      found.length > 0 ? `there are: ${found.join(", ")}` : "no USB adapter is seen; look at dmesg and the plug";
    return [fail(name, `${port} is not there`, hint)];
  }
  try {
    accessSync(port, constants.R_OK | constants.W_OK);
  } catch {
    return [
      fail(
        name,
        `${port} may not be used by this user`,
        "sudo adduser solar dialout (or your own login, to work by hand; then log in anew)",
      ),
    ];
  }
  const real = realpathSync(port);
  const holder = lockHolder(config.station, real) ?? fileLockHolder(real, "FLOCK");
  const state = holder ? `${port}, now used by ${holder}` : `${port} is free`;
  return [ok(name, state), ...stableName(port, real, use)];
}

/** ttyUSB numbers follow the order of plugging in: two adapters may change places. */
function stableName(port: string, real: string, use: string): Check[] {
  if (port.startsWith("/dev/serial/") || !/^\/dev\/tty(USB|ACM)\d+$/.test(port)) return [];
  const link = lastingName(real);
  const rule = udevRule(real, use);
  const hint = [
    link ? `use port: ${link}` : null,
    rule ? `or, in /etc/udev/rules.d/70-solar-station.rules: ${rule}` : null,
  ]
    .filter((part) => part !== null)
    .join("; ");
  return [
    warn(`name ${use}`, `${port} may be another adapter after the next start`, hint || "see ls -l /dev/serial/by-id"),
  ];
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
