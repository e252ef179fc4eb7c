import { setTimeout as pause } from "node:timers/promises";
import { parseDuration } from "../../base/duration.ts";
import { DeviceTimeout, UsageError } from "../../base/errors.ts";
import { type Failure, failure } from "../../base/failure/failure.ts";
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
        const { max_age_s } = context.config.station;
        const one = { device: parts[0] as string, max_age_s };
        throw new DeviceTimeout(
          parent.age_s === null
            ? failure("no_sample_ever", one)
            : failure("no_fresh_sample", { ...one, age_s: String(parent.age_s) }),
        );
      }
      throw new UsageError(noSuchValue(path, parts.slice(0, depth).join("."), value));
    }
    value = (value as Record<string, unknown>)[part];
  }
  if (value === null) throw new DeviceTimeout(failure("value_not_known", { path }));
  return { json: value, text: () => plain(value), always: true };
}

/** `parent`: path of what has no such part, "" for the whole. */
function noSuchValue(path: string, parent: string, value: unknown): Failure {
  if (value === null || typeof value !== "object") return failure("no_value_below", { path, parent });
  const keys = Object.keys(value).join(", ");
  return parent === "" ? failure("no_such_part", { path, keys }) : failure("no_such_value", { path, parent, keys });
}

function plain(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
