import { type Speech, spokenLanguage } from "../words/index.ts";

/** A device that answered, or that the owner has told of. */
export interface FoundDevice {
  readonly port: string;
  readonly device: string;
  /** Of a BMS; null = as it will be found. */
  readonly protocol: string | null;
}

/** The configuration of a station that has none: only what differs from the defaults. Zone and language are this computer's. */
export function firstConfig(
  found: readonly FoundDevice[],
  { config_head, config_not_found }: Speech["setup"],
  env: NodeJS.ProcessEnv = process.env,
): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const inverter = found.find(({ device }) => device === "inverter");
  const bms = found.filter(({ device }) => device === "bms");
  const quoted = (text: string) => JSON.stringify(text);
  return [
    `# ${config_head}`,
    `station: {time_zone: ${quoted(zone)}, lang: ${spokenLanguage(env)}}`,
    inverter
      ? `inverter: {port: ${quoted(inverter.port)}}`
      : `# inverter: {port: /dev/serial/by-id/…}   # ${config_not_found}`,
    ...(bms.length === 0 ? [`# bms: [{name: bms, port: /dev/serial/by-id/…}]   # ${config_not_found}`] : ["bms:"]),
    ...bms.map(
      ({ port, protocol }, index) =>
        `  - {name: bms${index === 0 ? "" : index + 1}, port: ${quoted(port)}${protocol ? `, protocol: ${quoted(protocol)}` : ""}}`,
    ),
    "",
  ].join("\n");
}
