/** What leaves the house only after it was blanked: secrets, addresses, serial numbers. */
import { type Config, configSchema } from "../config/schema.ts";

/** Names, places, addresses: by the last part of a key. */
const PRIVATE_KEYS =
  /(^|[._])(url|urls|port|file|dir|path|username|client_id|api_base|host|chat_ids|latitude|longitude|topic|base_topic|id)$|^station\.name$|^mqtt\.|^notify\.|^page\./;

/** What differs from the defaults and tells nothing of the owner; the rest by its keys alone. */
export function publicConfig(config: Config): {
  readonly config: Record<string, unknown>;
  readonly left_out: string[];
} {
  const left_out: string[] = [];
  const differing = (given: unknown, usual: unknown, path: string): unknown => {
    if (JSON.stringify(given) === JSON.stringify(usual)) return undefined;
    if (PRIVATE_KEYS.test(path)) {
      left_out.push(path);
      return undefined;
    }
    if (Array.isArray(given)) return given.map((one) => differing(one, undefined, path));
    if (typeof given !== "object" || given === null) return given;
    const entries = Object.entries(given).map(([key, value]): [string, unknown] => [
      key,
      differing(value, (usual as Record<string, unknown> | undefined)?.[key], path === "" ? key : `${path}.${key}`),
    ]);
    const kept = entries.filter(([, value]) => value !== undefined);
    return kept.length === 0 ? undefined : Object.fromEntries(kept);
  };
  const kept = differing(config, configSchema.parse({}), "") as Record<string, unknown> | undefined;
  return { config: kept ?? {}, left_out };
}

const PRIVATE_VALUES = /serial|device_id|manufacturer_id|user_data|password|device_name/;
const TIMES = /^(at|read_at|duration_ms|time)$/;

/** An answer without serial numbers, texts of the owner's, and times: what two runs on the same device have in common. */
export function publicAnswer(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(publicAnswer);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !PRIVATE_VALUES.test(key) && !TIMES.test(key));
  return Object.fromEntries(kept.map(([key, inner]) => [key, publicAnswer(inner)]));
}
