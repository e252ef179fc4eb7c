import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../..");

/** The help pages of all bundled commands and their subcommands, as they print them. */
export async function commandsPage(head: string): Promise<string> {
  const names = readdirSync(join(ROOT, "bin")).map((file) => file.replace(/\.ts$/, ""));
  const sections = await Promise.all(names.sort().map((name) => helpPages([name])));
  return `${head}\n# Commands\n\n${sections.flat().join("\n")}`;
}

async function helpPages(path: readonly string[]): Promise<string[]> {
  const [name, ...words] = path;
  const { stdout } = await run(process.execPath, [join(ROOT, "dist", `${name}.cjs`), ...words, "--help"]);
  const own = `## ${path.join(" ")}\n\n\`\`\`text\n${stdout.trimEnd()}\n\`\`\`\n`;
  const subcommands = /^Commands:\n((?: {2}.*\n?)+)/m.exec(stdout)?.[1] ?? "";
  const below = [...subcommands.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map((match) => match[1] as string);
  const pages = await Promise.all(below.map((word) => helpPages([...path, word])));
  return [own, ...pages.flat()];
}
