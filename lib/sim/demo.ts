import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { INVERTER_KIND, POLLS } from "../devices/index.ts";
import { makeInverter } from "../devices/simulators.ts";
import type { Speech } from "../words/index.ts";
import { serveDevice } from "./serve.ts";
import { SIMULATED_DIALECTS, simulatedBms } from "./simulated-bms.ts";

/** What a command of the toolset did. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the demo needs from outside; it starts no process and opens no database itself. */
export interface DemoTools {
  /** Empty folder for configuration and state. */
  readonly directory: string;
  /** Runs the poll of a role with these arguments. */
  readonly runCommand: (name: string, args: readonly string[]) => Promise<CommandResult>;
  readonly print: (text: string) => void;
  /** What is told, and by the commands too, in this language. */
  readonly lang: string;
  readonly words: Speech["demo"];
  /** Text of the rows that the commands stored in this state folder. */
  readonly showRows: (stateDirectory: string) => Promise<string> | string;
  /** How often both devices are polled; default 3. */
  readonly rounds?: number;
  /** Folder for two ptys as well (needs socat); null: TCP only. */
  readonly ptyDirectory?: string | null;
}

/** Simulates both recorded devices, polls them with the real commands and shows what was stored. Returns how many commands failed. */
export async function demo(tools: DemoTools): Promise<number> {
  const ptyPath = (name: string) => (tools.ptyDirectory ? join(tools.ptyDirectory, name) : undefined);
  const inverter = await serveDevice(makeInverter(), { baud: INVERTER_KIND.baud, ptyPath: ptyPath("inverter") });
  const { device, baud } = await simulatedBms(SIMULATED_DIALECTS[0], {});
  const bms = await serveDevice(device, { baud, ptyPath: ptyPath("bms") });
  try {
    tools.print(`${tools.words.inverter(inverter.where)}\n`);
    tools.print(`${tools.words.bms(bms.where)}\n`);
    const config = join(tools.directory, "config.yaml");
    writeFileSync(
      config,
      configText(tools.directory, tools.lang, inverter.pty?.path ?? inverter.line.url, bms.pty?.path ?? bms.line.url),
    );
    const failed = await poll(tools, config);
    const { log } = inverter.line;
    const asked = tools.words.requests(log.requests().length, bms.line.log.requests().length, log.forbidden().length);
    tools.print(`\n${asked}\n`);
    if (failed === 0) tools.print(`\n${(await tools.showRows(tools.directory)).trimEnd()}\n`);
    return failed;
  } finally {
    await inverter.close();
    await bms.close();
  }
}

async function poll(tools: DemoTools, config: string): Promise<number> {
  let failed = 0;
  for (let round = 0; round < (tools.rounds ?? 3); round++) {
    for (const name of [POLLS.inverter, POLLS.bms]) {
      tools.print(`\n$ ${name} --text\n`);
      const result = await tools.runCommand(name, ["--config", config, "--text"]);
      tools.print(result.stdout + result.stderr);
      if (result.exitCode === 0) continue;
      failed += 1;
      tools.print(`${tools.words.exit(result.exitCode)}\n`);
    }
  }
  return failed;
}

// Its quotes are needed: bare, YAML reads a number in it.
function configText(stateDirectory: string, lang: string, inverterPort: string, bmsPort: string): string {
  const text = (value: string) => JSON.stringify(value);
  return [
    `station:\n  state_dir: ${text(stateDirectory)}\n  lang: ${lang}`,
    `inverter:\n  port: ${text(inverterPort)}`,
    `bms:\n  - port: ${text(bmsPort)}\n    protocol: "${SIMULATED_DIALECTS[0]}"\n`,
  ].join("\n");
}
