import { z } from "zod";
import { KINDS } from "../devices/index.ts";
import type { Kind } from "../devices/kind.ts";
import { configSchema } from "./schema.ts";

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
}

/** The annotated example of config.yaml: every key with its description, range and default, generated from the schema. */
export function exampleConfig(): string {
  const schema = z.toJSONSchema(configSchema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  const defaults = configSchema.parse({});
  const lines = [
    "# solar-station: every key with its default. A file holds only what differs; an empty file is valid.",
    "#",
    "# Devices may be listed in one place instead of under inverter: and bms: (their options are the same):",
    "#   devices:",
    `#     - {name: inverter, kind: ${Object.keys(KINDS)[0]}, port: /dev/ttyUSB0, address: 4}`,
    "#     - {name: bms, kind: jk, port: /dev/ttyUSB1}",
    ...Object.entries<Kind>(KINDS).map(([name, kind]) => `#   kind ${name}: ${kindText(kind)}`),
  ];
  for (const [key, section] of Object.entries(schema.properties ?? {})) {
    const value = (defaults as Record<string, unknown>)[key];
    const isEmpty = Array.isArray(value) && value.length === 0;
    lines.push("", `# ${section.description ?? key}`, isEmpty ? `${key}: []` : `${key}:`);
    lines.push(...body(section, value, "  "));
  }
  return `${lines.join("\n")}\n`;
}

function kindText(kind: Kind): string {
  const { role, address, experimental } = kind;
  return [
    role,
    ...("is_looked_for" in kind ? ["its protocol is looked for"] : []),
    address === null ? "no address" : `address = its ${address}`,
    ...(experimental ? ["read only, experimental"] : []),
  ].join(", ");
}

function body(schema: JsonSchema, value: unknown, indent: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((entry) => {
      const inner = body(schema.items ?? {}, entry, `${indent}  `);
      const first = inner.findIndex((line) => !line.trimStart().startsWith("#"));
      const comments = inner.slice(0, first);
      const [head = "", ...rest] = inner.slice(first);
      return [...comments, `${indent}- ${head.trimStart()}`, ...rest];
    });
  }
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const comment = `${indent}# ${annotation(property)}`;
    const own = (value as Record<string, unknown> | undefined)?.[key] ?? property.default;
    if (property.properties) return [comment, `${indent}${key}:`, ...body(property, own, `${indent}  `)];
    if (own === undefined) return [comment, `${indent}# ${key}:`];
    return [comment, `${indent}${key}: ${JSON.stringify(own)}`];
  });
}

function annotation(schema: JsonSchema): string {
  const range =
    schema.minimum !== undefined && schema.maximum !== undefined && Math.abs(schema.maximum) < 1e12
      ? ` (${schema.minimum} to ${schema.maximum})`
      : schema.enum
        ? ` (${schema.enum.join(" | ")})`
        : "";
  return `${schema.description ?? ""}${range}`;
}
