import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { openStore, type Store } from "../../lib/store/database.ts";
import { bundled } from "./bundle.ts";
import { scratchDirectory } from "./scratch.ts";

const ROOT = resolve(import.meta.dirname, "../..");

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Bundled commands are what cron runs; the source is what developers run. */
export type Form = "bundled" | "source";

export interface CommandOptions {
  readonly form?: Form;
  /** UTC seconds that the command is told. */
  readonly now?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** User and group that it runs as; only root may say so. */
  readonly user?: number;
}

/** Starts a command of ours; the result comes when it ends. stdout and stderr are no terminals, as under cron. */
export function startCommand(name: string, args: readonly string[], options: CommandOptions = {}) {
  const file = options.form === "source" ? ["--import", "tsx", join(ROOT, "bin", `${name}.ts`)] : [bundled(name)];
  const { SOLAR_STATION_CONFIG: _config, SOLAR_STATION_NOW: _now, ...inherited } = process.env;
  const env = {
    ...inherited,
    XDG_CACHE_HOME: join(ROOT, ".cache", "test"),
    SOLAR_CRON: "1",
    ...options.env,
    ...(options.now === undefined ? {} : { SOLAR_STATION_NOW: String(options.now) }),
  };
  const user = options.user === undefined ? {} : { uid: options.user, gid: options.user };
  const child = spawn(process.execPath, [...file, ...args], {
    ...{ cwd: ROOT, env, ...user },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  const finished = new Promise<Finished>((done) => child.on("close", (code) => done({ code, stdout, stderr })));
  return { child, finished };
}

/** Runs a command of ours to its end. */
export function runCommand(name: string, args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  return startCommand(name, args, options).finished;
}

/** A station of its own in a scratch directory: state and configuration, and short ways to use them. */
export interface TestStation {
  readonly folder: string;
  readonly configPath: string;
  run(name: string, args?: readonly string[], options?: CommandOptions): Promise<Finished>;
  start(name: string, args?: readonly string[], options?: CommandOptions): ReturnType<typeof startCommand>;
  /** Looks into the state file; closes it again. */
  look<T>(work: (store: Store) => T): T;
}

/** `sections`: YAML of the sections that differ from the defaults; station.state_dir is set to the scratch directory. */
export function testStation(t: TestContext, sections: string, parent?: string): TestStation {
  const folder = scratchDirectory(t, parent);
  const configPath = join(folder, "config.yaml");
  writeFileSync(configPath, `station: {state_dir: ${JSON.stringify(folder)}}\n${sections}\n`);
  const withConfig = (args: readonly string[]) => [...args, "--config", configPath];
  return {
    folder,
    configPath,
    run: (name, args = [], options = {}) => runCommand(name, withConfig(args), options),
    start: (name, args = [], options = {}) => startCommand(name, withConfig(args), options),
    look: (work) => {
      const store = openStore(join(folder, "station.db"), { readonly: true });
      try {
        return work(store);
      } finally {
        store.close();
      }
    },
  };
}
