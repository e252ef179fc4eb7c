import type { Context } from "../cli/spec.ts";
import type { Voice } from "../publish/alert-text.ts";
import { type Speech, speech } from "../words/index.ts";

/** The words of the station's language. */
export function speechOfStation({ config }: Context): Speech {
  return speech(config.station.lang);
}

/** How this station says things. */
export function voiceOf(context: Context): Voice {
  return { speech: speechOfStation(context), packs: context.config.bms.length };
}
