import type { Answer, Context } from "../../cli/spec.ts";
import { serialPorts } from "../../setup/adapters.ts";
import { type Found, misplaced, whoIsAt } from "../../setup/who-answers.ts";

/** `station find`: asks every adapter who is there, and says where that is not what the configuration expects. */
export async function stationFind(context: Context): Promise<Answer> {
  const given = (context.options.port as string[] | undefined) ?? [];
  const found: Found[] = [];
  for (const port of given.length > 0 ? given : serialPorts()) found.push(await whoIsAt(context, port));
  const odd = misplaced(context, found);
  return {
    json: { ports: found, misplaced: odd },
    text: () => {
      if (found.length === 0) return "no USB adapter is seen: look at the plug, and at the end of: sudo dmesg";
      return [...found.map(({ port, text }) => `${port}: ${text}`), ...odd.map((line) => `! ${line}`)].join("\n");
    },
    always: true,
  };
}
