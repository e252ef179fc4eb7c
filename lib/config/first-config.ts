import { LANGUAGE_CODES } from "../words/index.ts";

/** A device that answered, or that the owner has told of. */
export interface FoundDevice {
  readonly port: string;
  readonly device: string;
  /** Of a BMS; null = as it will be found. */
  readonly protocol: string | null;
}

/** The configuration of a station that has none: only what differs from the defaults. Zone and language are this computer's. */
export function firstConfig(found: readonly FoundDevice[], env: NodeJS.ProcessEnv = process.env): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const spoken = (env.LC_ALL || env.LC_MESSAGES || env.LANG || "").slice(0, 2).toLowerCase();
  const lang = LANGUAGE_CODES.find((code) => code === spoken) ?? "en";
  const inverter = found.find(({ device }) => device === "inverter");
  const bms = found.filter(({ device }) => device === "bms");
  const quoted = (text: string) => JSON.stringify(text);
  return [
    "# What differs from the defaults; `station config example` tells every key.",
    `station: {time_zone: ${quoted(zone)}, lang: ${lang}}`,
    inverter
      ? `inverter: {port: ${quoted(inverter.port)}}`
      : "# inverter: {port: /dev/serial/by-id/…}   # not found yet: station find",
    ...(bms.length === 0
      ? ["# bms: [{name: bms, port: /dev/serial/by-id/…}]   # not found yet: station find"]
      : ["bms:"]),
    ...bms.map(
      ({ port, protocol }, index) =>
        `  - {name: bms${index === 0 ? "" : index + 1}, port: ${quoted(port)}${protocol ? `, protocol: ${quoted(protocol)}` : ""}}`,
    ),
    "",
  ].join("\n");
}
