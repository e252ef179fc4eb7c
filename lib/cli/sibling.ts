import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, realpathSync } from "node:fs";
import { dirname, extname, join } from "node:path";

/** File of the command that stands beside this one, bundled or from source. */
function siblingFile(name: string): string {
  const own = realpathSync(process.argv[1] as string);
  return join(dirname(own), name + extname(own));
}

const INHERITED = /^(PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|SOLAR_(?!CRON$)\w+)$/;

/** The options with which another command reads the configuration of this one. */
export function sameConfig({ configPath }: { readonly configPath: string | null }): string[] {
  return configPath === null ? [] : ["--config", configPath];
}

/** Whether that command exists in this installation. */
export function hasSibling(name: string): boolean {
  return existsSync(siblingFile(name));
}

/**
 * Runs it to its end, without a terminal; `now`: the UTC seconds it takes for the present, and then as cron does. Otherwise it answers to
 * its caller: what cron has been told of it stays as it is.
 */
export async function runSibling(name: string, args: readonly string[], now?: number) {
  const config = args.includes("--config") ? args[args.indexOf("--config") + 1] : undefined;
  // Without a single word a command does without the option parser.
  const isAll = config !== undefined && args.length === 2;
  const command = [...process.execArgv, siblingFile(name), ...(isAll ? [] : args)];
  const named = isAll ? { SOLAR_STATION_CONFIG: config } : {};
  // What a simulated station's commands remember goes away with it.
  const cache = config === undefined ? {} : { XDG_CACHE_HOME: dirname(config) };
  const simulated = now === undefined ? {} : { SOLAR_STATION_NOW: String(now), SOLAR_CRON: "1" };
  // Hardly any environment, as cron has it: a variable of Node's costs each of them time.
  const kept = Object.entries(process.env).filter(([key]) => INHERITED.test(key));
  const env = { ...Object.fromEntries(kept), ...cache, ...simulated, ...named };
  const child = spawn(process.execPath, command, { env, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    stdout += part;
  });
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    stderr += part;
  });
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { exitCode: exitCode ?? 1, stdout, stderr };
}
