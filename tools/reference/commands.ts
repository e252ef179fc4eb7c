import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../..");

/** A command or subcommand and the help that it prints. */
export interface CommandHelp {
  readonly path: readonly string[];
  readonly text: string;
}

/** The help pages of all bundled commands and their subcommands, as they print them. */
export async function commandsPage(head: string): Promise<string> {
  const names = readdirSync(join(ROOT, "bin")).map((file) => file.replace(/\.ts$/, ""));
  const helps = (await Promise.all(names.sort().map((name) => commandHelps([name])))).flat();
  const sections = helps.map(({ path, text }) => `## ${path.join(" ")}\n\n\`\`\`text\n${text}\n\`\`\`\n`);
  return `${head}\n# Commands\n\n${sections.join("\n")}`;
}

/** Help of a bundled command, then of everything below it. */
export async function commandHelps(path: readonly string[]): Promise<CommandHelp[]> {
  const [name, ...words] = path;
  const { stdout } = await run(process.execPath, [join(ROOT, "dist", `${name}.cjs`), ...words, "--help"]);
  const subcommands = /^Commands:\n((?: {2}.*\n?)+)/m.exec(stdout)?.[1] ?? "";
  const below = [...subcommands.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map((match) => match[1] as string);
  const pages = await Promise.all(below.map((word) => commandHelps([...path, word])));
  return [{ path, text: stdout.trimEnd() }, ...pages.flat()];
}
