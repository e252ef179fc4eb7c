import { existsSync, realpathSync } from "node:fs";
import { PortBusy, PortGone, reasonOf, StationError } from "../base/errors.ts";
import type { Context } from "../cli/spec.ts";
import { snapshotFromRaw } from "../codec/values.ts";
import { INVERTER_KIND } from "../devices/index.ts";
import { INVERTER_IDENTITY_FIELDS } from "../devices/inverter/sample.ts";
import { openBmsLine } from "../poll/bms-line.ts";
import { openInverterLine } from "../poll/inverter-line.ts";

import { kindOfDialect } from "../view/dialect.ts";

/** Who answered on a port, by questions that change nothing. */
export interface Found {
  readonly port: string;
  readonly device: "inverter" | "bms" | "nobody" | "unusable";
  /** BMS: its dialect. */
  readonly protocol: string | null;
  readonly text: string;
}

/** Asks a port as an inverter, then as a BMS. */
export async function whoIsAt(context: Context, port: string): Promise<Found> {
  const nobody = { port, device: "nobody", protocol: null } as const;
  for (const ask of [askInverter, askBms]) {
    try {
      return await ask(context, port);
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      if (error instanceof PortBusy || error instanceof PortGone) {
        return { ...nobody, device: "unusable", text: reasonOf(error) };
      }
    }
  }
  return {
    ...nobody,
    text: "nobody answers; check power, A and B, the common ground, and the protocol set in the BMS's app",
  };
}

async function askInverter(context: Context, port: string): Promise<Found> {
  const inverter = { ...context.config.inverter, port, retries: 1, timeout_ms: 700 };
  const line = await openInverterLine(context, inverter);
  try {
    const identity = snapshotFromRaw(INVERTER_IDENTITY_FIELDS, await line.client(inverter, null).readIdentity());
    const model = `${identity.machine_type ?? ""}${identity.machine_number ?? ""}` || "inverter of unknown model";
    return {
      port,
      device: "inverter",
      protocol: null,
      text: `${INVERTER_KIND.maker} ${model} at slave ${inverter.slave}`,
    };
  } finally {
    await line.close();
  }
}

async function askBms(context: Context, port: string): Promise<Found> {
  const [first] = context.config.bms;
  if (!first) return { port, device: "nobody", protocol: null, text: "no BMS is configured" };
  const unit = { ...first, port, protocol: "auto" as const };
  const line = await openBmsLine(context, unit);
  try {
    const client = await line.client(unit, { anew: true });
    const { cells } = await client.readSample();
    return {
      ...{ port, device: "bms", protocol: client.dialect },
      text: `${kindOfDialect(client.dialect).maker} BMS, ${cells.length} cells, speaks ${client.dialect}`,
    };
  } finally {
    await line.close();
  }
}

/** What answers elsewhere than the configuration says. */
export function misplaced({ config }: Context, found: readonly Found[]): string[] {
  const at = (port: string) => found.find((one) => sameDevice(one.port, port));
  const inverterAt = config.inverter.enabled ? at(config.inverter.port) : undefined;
  const swapped = config.bms.filter(({ port }) => at(port)?.device === "inverter");
  const lines = swapped.map(
    ({ name, port }) => `the inverter answers at ${port}, where the configuration has the BMS ${name}`,
  );
  if (inverterAt?.device === "bms") {
    lines.push(`a BMS answers at ${config.inverter.port}, where the configuration has the inverter`);
  }
  return lines.length === 2
    ? [...lines, "the two plugs are swapped: exchange the two ports in the configuration"]
    : lines;
}

function sameDevice(a: string, b: string): boolean {
  const real = (path: string) => (path.startsWith("/") && existsSync(path) ? realpathSync(path) : path);
  return real(a) === real(b);
}
