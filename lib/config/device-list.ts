import { KINDS, kindOf } from "../devices/index.ts";

type Path = (string | number)[];

/** What a configuration says once its `devices:` are read as `inverter:` and `bms:`. */
export interface SpreadDevices {
  readonly raw: unknown;
  /** What is wrong with the list itself. */
  readonly problems: readonly { readonly path: Path; readonly message: string }[];
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
  const problems: { path: Path; message: string }[] = [];
  if (!Array.isArray(devices)) {
    return {
      ...unchanged,
      raw: rest,
      problems: [{ path: ["devices"], message: "expected a list, an entry a device" }],
    };
  }
  const given = Array.isArray(rest.bms) ? rest.bms : [];
  const bms: unknown[] = [...given];
  const places: number[] = [];
  const inverters: number[] = [];
  const more: unknown[] = Array.isArray(rest.more_inverters) ? [...rest.more_inverters] : [];
  const before = more.length;
  /** Place of the entry that stands as `inverter:`; null = the section itself does. */
  let first: number | null = null;
  devices.forEach((entry: unknown, index) => {
    const kind = isMap(entry) ? kindOf(entry.kind) : null;
    if (!isMap(entry) || kind === null) {
      const told = isMap(entry) ? JSON.stringify(entry.kind ?? null) : JSON.stringify(entry);
      const message = `${told} is no kind of device; there are: ${Object.keys(KINDS).join(", ")}`;
      problems.push({ path: ["devices", index, ...(isMap(entry) && "kind" in entry ? ["kind"] : [])], message });
      return;
    }
    for (const key of ["name", "port"]) {
      if (!(key in entry)) problems.push({ path: ["devices", index], message: `${key} is missing` });
    }
    const { kind: _kind, address, ...options } = entry;
    if (address !== undefined && kind.address === null) {
      problems.push({
        path: ["devices", index, "address"],
        message: "devices of this kind have no address on the wire",
      });
    }
    const section = {
      baud: kind.baud,
      ...options,
      ...("protocol" in kind ? { protocol: kind.protocol } : {}),
      ...(address === undefined || kind.address === null ? {} : { [kind.address]: address }),
    };
    if (kind.role === "bms") {
      places.push(index);
      bms.push(section);
    } else if (rest.inverter === undefined) {
      first = index;
      rest.inverter = section;
    } else {
      inverters.push(index);
      more.push(section);
    }
  });
  const origin = (path: Path): Path => {
    const [section, second, ...deeper] = path;
    const inEntry = (index: number, keys: Path) => [
      "devices",
      index,
      ...keys.map((key) => addressName(devices[index], key)),
    ];
    if (section === "inverter" && first !== null) return inEntry(first, path.slice(1));
    if (typeof second !== "number") return path;
    const place =
      section === "bms"
        ? places[second - given.length]
        : section === "more_inverters"
          ? inverters[second - before]
          : undefined;
    return place === undefined ? path : inEntry(place, deeper);
  };
  // A station that lists its inverter only has no BMS; one that lists a BMS only polls no inverter.
  const alone = rest.inverter === undefined ? { inverter: { enabled: false } } : {};
  const others = more.length > 0 ? { more_inverters: more } : {};
  return { raw: { ...rest, ...alone, ...others, bms }, problems, origin };
}

/** The key as the entry spells it. */
function addressName(entry: unknown, key: string | number): string | number {
  return isMap(entry) && "address" in entry && key === kindOf(entry.kind)?.address ? "address" : key;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
