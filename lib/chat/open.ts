import type { Context } from "../cli/spec.ts";

/** True where somebody may say something to the bot. */
export function chatsAreOpen({ config, dryRun }: Context): boolean {
  const { token_file, commands } = config.notify.telegram;
  return token_file !== null && commands !== "none" && !dryRun;
}
