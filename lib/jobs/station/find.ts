import type { Answer, Context } from "../../cli/spec.ts";
import { serialPorts } from "../../setup/adapters.ts";
import { type Found, misplaced, whoIsAt } from "../../setup/who-answers.ts";
import { speechOfStation } from "../../station/voice.ts";

/** `station find`: asks every adapter who is there, and says where that is not what the configuration expects. */
export async function stationFind(context: Context): Promise<Answer> {
  const given = (context.options.port as string[] | undefined) ?? [];
  const found: Found[] = [];
  for (const port of given.length > 0 ? given : serialPorts()) found.push(await whoIsAt(context, port));
  const odd = misplaced(context, found);
  const { no_adapter } = speechOfStation(context).setup;
  return {
    json: { ports: found, misplaced: odd },
    text: () => {
      if (found.length === 0) return no_adapter;
      return [...found.map(({ port, text }) => `${port}: ${text}`), ...odd.map((line) => `! ${line}`)].join("\n");
    },
    always: true,
  };
}
