import { type Failure, failure } from "../base/failure/failure.ts";
import { KINDS, kindOf } from "../devices/index.ts";

type Path = (string | number)[];

/** What a configuration says once its `devices:` are read as `inverter:` and `bms:`. */
export interface SpreadDevices {
  readonly raw: unknown;
  /** What is wrong with the list itself. */
  readonly problems: readonly { readonly path: Path; readonly what: Failure }[];
  /** Where in the file a place of the result comes from. */
  readonly origin: (path: Path) => Path;
}

/**
 * Reads the one list of devices (name, kind, port, address and the options of the kind) as the sections that the rest knows. The keys
 * `inverter:` and `bms:` stay valid beside it; names that occur twice are found by the checks between keys.
 */
export function spreadDevices(raw: unknown): SpreadDevices {
  const unchanged = { raw, problems: [], origin: (path: Path) => path };
  if (!isMap(raw) || !("devices" in raw)) return unchanged;
  const { devices, ...rest } = raw;
  const problems: { path: Path; what: Failure }[] = [];
  if (!Array.isArray(devices)) {
    return {
      ...unchanged,
      raw: rest,
      problems: [{ path: ["devices"], what: failure("devices_no_list") }],
    };
  }
  const bms: unknown[] = Array.isArray(rest.bms) ? [...rest.bms] : [];
  const more: unknown[] = Array.isArray(rest.more_inverters) ? [...rest.more_inverters] : [];
  /** Which entry of the list stands at a place of the sections. */
  const entryAt = new Map<string, number>();
  devices.forEach((entry: unknown, index) => {
    const kind = isMap(entry) ? kindOf(entry.kind) : null;
    if (!isMap(entry) || kind === null) {
      const told = isMap(entry) ? JSON.stringify(entry.kind ?? null) : JSON.stringify(entry);
      const what = failure("device_kind_unknown", { given: told, kinds: Object.keys(KINDS).join(", ") });
      problems.push({ path: ["devices", index, ...(isMap(entry) && "kind" in entry ? ["kind"] : [])], what });
      return;
    }
    for (const key of ["name", "port"]) {
      if (!(key in entry)) problems.push({ path: ["devices", index], what: failure("key_missing", { key }) });
    }
    const { kind: _kind, address, ...options } = entry;
    if (address !== undefined && kind.address === null) {
      problems.push({
        path: ["devices", index, "address"],
        what: failure("device_without_address"),
      });
    }
    const section = {
      baud: kind.baud,
      ...options,
      ...("protocol" in kind ? { protocol: kind.protocol } : {}),
      ...(address === undefined || kind.address === null ? {} : { [kind.address]: address }),
    };
    if (kind.role === "bms") entryAt.set(`bms.${bms.push(section) - 1}`, index);
    else if (rest.inverter !== undefined) entryAt.set(`more_inverters.${more.push(section) - 1}`, index);
    else {
      entryAt.set("inverter", index);
      rest.inverter = section;
    }
  });
  const origin = (path: Path): Path => {
    const place = path.slice(0, path[0] === "inverter" ? 1 : 2);
    const index = entryAt.get(place.join("."));
    if (index === undefined) return path;
    return ["devices", index, ...path.slice(place.length).map((key) => addressName(devices[index], key))];
  };
  // A station that lists its inverter only has no BMS; one that lists a BMS only polls no inverter.
  const alone = rest.inverter === undefined ? { inverter: { enabled: false } } : {};
  const others = more.length > 0 && isListed(rest.more_inverters) ? { more_inverters: more } : {};
  const packs = isListed(rest.bms) ? { bms } : {};
  return { raw: { ...rest, ...alone, ...others, ...packs }, problems, origin };
}

/** The key as the entry spells it. */
function addressName(entry: unknown, key: string | number): string | number {
  return isMap(entry) && "address" in entry && key === kindOf(entry.kind)?.address ? "address" : key;
}

/** An older key that is no list stays as it is, for the schema to refuse: what stands in it must not go unseen. */
function isListed(value: unknown): boolean {
  return value === undefined || value === null || Array.isArray(value);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
