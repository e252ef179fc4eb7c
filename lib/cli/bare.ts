import type { Invocation } from "./program.ts";
import type { Command } from "./spec.ts";

/**
 * The invocation of a command line without a single word, as the option parser would give it; null when the command needs words.
 * It is what cron types, and the parser costs as much as the rest of a short command's start.
 */
export function bareInvocation(command: Command): Invocation | null {
  const { spec, handler } = command;
  if (!handler || spec.arguments?.some(({ name }) => name.startsWith("<"))) return null;
  const options: Record<string, unknown> = { verbose: 0 };
  for (const { flags, default: value } of spec.options ?? []) {
    const off = /--no-([a-z0-9-]+)/.exec(flags);
    if (off) options[longName(`--${off[1]}`)] = true;
    else if (value !== undefined) options[longName(flags)] = value;
  }
  return { command, name: spec.name, options, args: [] };
}

/** "--write-timeout <s>" → writeTimeout */
function longName(flags: string): string {
  const [, name = ""] = /--([a-z0-9-]+)/.exec(flags) ?? [];
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
