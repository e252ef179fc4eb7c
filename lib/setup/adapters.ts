import { realpathSync } from "node:fs";
import { join } from "node:path";
import { listed } from "../base/look.ts";

/**
 * Serial adapters by names that last: by-id where it tells each of them apart, else by-path (two CH340 without serial numbers
 * share one name of by-id), else the number.
 */
export function serialPorts(root = "/dev"): string[] {
  return listed(root)
    .filter((name) => /^tty(USB|ACM)\d+$/.test(name))
    .map((name) => lastingName(join(root, name), root) ?? join(root, name));
}

/** The name of this adapter that stays when the plugs are put in in another order; null = it has none. */
export function lastingName(port: string, root = "/dev"): string | null {
  const real = realpathSync(port);
  for (const folder of ["by-id", "by-path"].map((name) => join(root, "serial", name))) {
    const links = listed(folder).map((name) => join(folder, name));
    const mine = links.find((path) => realpathSync(path) === real);
    if (mine !== undefined) return mine;
  }
  return null;
}
