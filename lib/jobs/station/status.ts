import { setTimeout as pause } from "node:timers/promises";
import { parseDuration } from "../../base/duration.ts";
import { DeviceTimeout, UsageError } from "../../base/errors.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { pageModel } from "../../station/page-model.ts";
import { statusJson } from "../../station/status-json.ts";
import type { Store } from "../../store/database.ts";
import { statusText } from "../../terminal/status-text.ts";

/** `station status`: one screen, one value, or the whole as JSON. */
export async function stationStatus(context: Context): Promise<Answer | undefined> {
  const store = context.openStore({ readonly: true });
  const path = context.args[0];
  if (path !== undefined) return oneValue(context, store, path);
  if (context.options.watch !== undefined) return watch(context, store, String(context.options.watch));
  const model = pageModel(context, store);
  return { json: statusJson(context, store, model), text: (terminal) => statusText(model, terminal), always: true };
}

/** Redraws until it is interrupted. */
async function watch(context: Context, store: Store, every: string): Promise<undefined> {
  const wait_ms = 1000 * Math.max(1, parseDuration(every));
  for (;;) {
    const text = context.options.json === true ? JSON.stringify(statusJson(context, store)) : null;
    const cleared = context.terminal ? "\u001b[H\u001b[2J" : "";
    context.print(
      text === null ? `${cleared}${statusText(pageModel(context, store), context.terminal)}\n` : `${text}\n`,
    );
    await pause(wait_ms);
  }
}

/** `station status bms.soc`: the bare value. @throws UsageError for a path that is none, DeviceTimeout when there is no fresh value */
function oneValue(context: Context, store: Store, path: string): Answer {
  const parts = path.split(".");
  let value: unknown = statusJson(context, store);
  for (const [depth, part] of parts.entries()) {
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, part)) {
      const parent = value as { fresh?: unknown; age_s?: unknown } | null;
      if (depth > 0 && parent?.fresh === false) {
        const age = parent.age_s === null ? "none was ever stored" : `the last is ${String(parent.age_s)} s old`;
        throw new DeviceTimeout(`${parts[0]}: no sample younger than ${context.config.station.max_age_s} s (${age})`);
      }
      throw new UsageError(`there is no ${path}; ${parts.slice(0, depth).join(".") || "it"} has: ${keysOf(value)}`);
    }
    value = (value as Record<string, unknown>)[part];
  }
  if (value === null) throw new DeviceTimeout(`${path} is not known now`);
  return { json: value, text: () => plain(value), always: true };
}

function keysOf(value: unknown): string {
  return value !== null && typeof value === "object" ? Object.keys(value).join(", ") : "no parts";
}

function plain(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
