import type { Raw } from "../../codec/table.ts";
import { valueFromRaw } from "../../codec/values.ts";
import { INVERTER_KIND } from "../../devices/index.ts";
import { INVERTER_IDENTITY_FIELDS } from "../../devices/inverter/sample.ts";
import type { DeviceFacts } from "./discovery.ts";

/** What the inverter's identity block says about it. */
export function inverterFacts(facts: Readonly<Record<string, unknown>>): DeviceFacts {
  const identity = (facts.identity ?? {}) as Readonly<Record<string, Raw>>;
  const text = (key: keyof typeof INVERTER_IDENTITY_FIELDS) => {
    const value = valueFromRaw(INVERTER_IDENTITY_FIELDS[key], identity[key] ?? null);
    return value === null ? undefined : String(value);
  };
  const number = text("machine_number");
  return {
    manufacturer: INVERTER_KIND.maker,
    ...(number === undefined ? {} : { model: `${text("machine_type") ?? ""}${number}` }),
    ...optional("serial_number", text("serial_number")),
    ...optional("hw_version", text("hardware_version")),
    ...optional("sw_version", text("software_version")),
  };
}

/** What a BMS's identity rows say about it; some boards have one text for both versions: `11.XW_S11.26`. */
export function bmsFacts(manufacturer: string, identity: Readonly<Record<string, Raw>>): DeviceFacts {
  const text = (key: string) => {
    const value = identity[key];
    return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
  };
  const [, hardware, software] = /^(.+?)_+S?(\d+\.\w+?)_*$/.exec(text("software_version") ?? "") ?? [];
  return {
    manufacturer,
    ...optional("model", text("model")),
    ...optional("serial_number", text("serial_number")),
    ...optional("hw_version", text("hardware_version") ?? hardware),
    ...optional("sw_version", software ?? text("software_version")),
  };
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: string };
}
