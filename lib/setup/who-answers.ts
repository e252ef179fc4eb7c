import { existsSync, realpathSync } from "node:fs";
import { PortBusy, PortGone, StationError } from "../base/errors.ts";
import type { Context } from "../cli/spec.ts";
import { snapshotFromRaw } from "../codec/values.ts";
import { INVERTER_KIND } from "../devices/index.ts";
import { INVERTER_IDENTITY_FIELDS } from "../devices/inverter/sample.ts";
import { openBmsLine } from "../poll/bms-line.ts";
import { openInverterLine } from "../poll/inverter-line.ts";
import { speechOfStation } from "../station/voice.ts";
import { kindOfDialect } from "../view/dialect.ts";
import { tellFailure } from "../words/tell-failure.ts";

/** Who answered on a port, by questions that change nothing. */
export interface Found {
  readonly port: string;
  readonly device: "inverter" | "bms" | "nobody" | "unusable";
  /** BMS: its dialect. */
  readonly protocol: string | null;
  /** In the station's language. */
  readonly text: string;
}

/** Asks a port as an inverter, then as a BMS. */
export async function whoIsAt(context: Context, port: string): Promise<Found> {
  const nobody = { port, device: "nobody", protocol: null } as const;
  const speech = speechOfStation(context);
  for (const ask of [askInverter, askBms]) {
    try {
      return await ask(context, port);
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      if (error instanceof PortBusy || error instanceof PortGone) {
        return { ...nobody, device: "unusable", text: tellFailure(error.failure, speech) };
      }
    }
  }
  return { ...nobody, text: speech.setup.seen.nobody() };
}

async function askInverter(context: Context, port: string): Promise<Found> {
  const inverter = { ...context.config.inverter, port, retries: 1, timeout_ms: 700 };
  const line = await openInverterLine(context, inverter);
  try {
    const identity = snapshotFromRaw(INVERTER_IDENTITY_FIELDS, await line.client(inverter, null).readIdentity());
    const model = `${identity.machine_type ?? ""}${identity.machine_number ?? ""}`;
    const { seen } = speechOfStation(context).setup;
    const text = seen.inverter({ maker: INVERTER_KIND.maker, model, slave: inverter.slave });
    return { port, device: "inverter", protocol: null, text };
  } finally {
    await line.close();
  }
}

async function askBms(context: Context, port: string): Promise<Found> {
  const [first] = context.config.bms;
  const { seen } = speechOfStation(context).setup;
  if (!first) return { port, device: "nobody", protocol: null, text: seen.no_bms() };
  const unit = { ...first, port, protocol: "auto" as const };
  const line = await openBmsLine(context, unit);
  try {
    const client = await line.client(unit, { anew: true });
    const { cells } = await client.readSample();
    const { maker } = kindOfDialect(client.dialect);
    const text = seen.bms({ maker, cells: cells.length, dialect: client.dialect });
    return { port, device: "bms", protocol: client.dialect, text };
  } finally {
    await line.close();
  }
}

/** What answers elsewhere than the configuration says. */
export function misplaced(context: Context, found: readonly Found[]): string[] {
  const { config } = context;
  const words = speechOfStation(context).setup.misplaced;
  const at = (port: string) => found.find((one) => sameDevice(one.port, port));
  const inverterAt = config.inverter.enabled ? at(config.inverter.port) : undefined;
  const swapped = config.bms.filter(({ port }) => at(port)?.device === "inverter");
  const lines = swapped.map(({ name, port }) => words.inverter({ port, bms: name }));
  if (inverterAt?.device === "bms") lines.push(words.bms({ port: config.inverter.port }));
  return lines.length === 2 ? [...lines, words.swapped()] : lines;
}

function sameDevice(a: string, b: string): boolean {
  const real = (path: string) => (path.startsWith("/") && existsSync(path) ? realpathSync(path) : path);
  return real(a) === real(b);
}
