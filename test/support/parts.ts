import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * For the `skip` option of a test that needs a Debian part: false when the program is there, else the reason.
 * @throws under CI=true, where a missing part is a failure
 */
export function requirePart(program: string): false | string {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  if (folders.some((folder) => isExecutable(join(folder, program)))) return false;
  if (process.env.CI === "true") throw new Error(`${program} is not installed, and CI=true`);
  return `${program} is not installed`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
