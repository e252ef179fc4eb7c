/** The poll while the state file cannot be used: the samples for the next run, and the way back to the grid. */

import { readFileSync } from "node:fs";
import { uptime } from "node:os";
import { systemClock } from "../base/clock.ts";
import { StationError, WriteMismatch } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import { Failures } from "../base/failures.ts";
import type { Context } from "../cli/spec.ts";
import type { InverterConfig } from "../config/sections/device-section.ts";
import { inverterUnits } from "../config/units.ts";
import type { InverterClient } from "../devices/inverter/client.ts";
import { openInverterLine } from "../poll/inverter-line.ts";
import { onEveryLine } from "../poll/line.ts";
import { keepAnswer } from "../poll/take-kept.ts";
import { readOutside, removeOutside, writeOutside } from "../station/outside-memory.ts";
import { ruleSet } from "../station/rule-settings.ts";
import { speechOfStation } from "../station/voice.ts";

/** Since when the state file cannot be used: by the clock, and by the uptime of one run of the computer, which no clock touches. */
interface Unusable {
  readonly at: number;
  readonly boot_id: string | null;
  readonly uptime_s: number | null;
}

const MEMORY = "station.db.unusable";
const WRITE_TRIES = 3;

/**
 * Reads the inverter without any state: the sample is kept beside the state file, and a machine found off the grid goes back to it once
 * the file has been unusable for the blind limit. In every mode: off-grid and blind is no state to stay in.
 */
export async function invertersWithoutState(context: Context): Promise<void> {
  const { config, log } = context;
  const units = inverterUnits(config);
  if (context.options.raw === true || units.length === 0) return;
  const lasted = unusableFor(context);
  const failures = new Failures();
  const open = (first: InverterConfig) => openInverterLine(context, first);
  await onEveryLine(units, failures, open, async (line, unit) => {
    const client = line.client(unit, null);
    try {
      keepAnswer(context, unit.name, (await client.readStatusParts()).status);
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      log.warn(error.message);
    }
    if (config.batmon.enabled) await backToGrid(context, client, lasted);
  });
  const failed = failures.asOne();
  if (failed) throw failed;
}

/** The state file works again: what was counted is over. */
export function stateUsableAgain(context: Context): void {
  removeOutside(context, MEMORY);
}

async function backToGrid(context: Context, client: InverterClient, lasted: number | null): Promise<void> {
  const limit = ruleSet(context.config).parameters.stale * 60;
  // Where nothing at all can be remembered, nobody knows how long: the safe answer is the grid.
  if (lasted !== null && lasted < limit) return;
  if ((await client.readOne("ongrid_switch")) !== 0) return;
  await switchOn(client);
  const { answers, messages } = speechOfStation(context);
  const text = answers.back_to_grid(lasted);
  context.log.error(text);
  try {
    // Read from the disk only now: the channels are much, and the switch must not wait for them.
    const { sendDirectly } = await import("./batmon/notify.ts");
    await sendDirectly(context, `${context.config.station.name}: ${messages.alarm}${text}`, "critical");
  } catch (error) {
    if (!(error instanceof StationError)) throw error;
    context.log.warn(error.message);
  }
}

/** Writes, and believes only what it reads back. */
async function switchOn(client: InverterClient): Promise<void> {
  let trouble: unknown = null;
  for (let attempt = 1; attempt <= WRITE_TRIES; attempt++) {
    try {
      await client.writeRegister("ongrid_switch", 1);
    } catch (error) {
      if (!(error instanceof StationError)) throw error;
      trouble = error;
    }
    if ((await client.readOne("ongrid_switch")) === 1) return;
  }
  throw new WriteMismatch(failure("switch_stays_off", { tries: WRITE_TRIES }), { cause: trouble });
}

/** Seconds since the file was first found unusable, counted from now when that is not known; null = nothing can be remembered. */
function unusableFor(context: Context): number | null {
  const now = presentMoment(context);
  const first = readOutside(context, MEMORY) as Partial<Unusable> | null;
  const lasted = first === null ? null : elapsed(first, now);
  if (lasted !== null) return lasted;
  return writeOutside(context, MEMORY, now) ? 0 : null;
}

function elapsed(first: Partial<Unusable>, now: Unusable): number | null {
  if (typeof first.uptime_s === "number" && now.uptime_s !== null && first.boot_id === now.boot_id) {
    return Math.max(0, now.uptime_s - first.uptime_s);
  }
  // A time of the future is none.
  return typeof first.at === "number" && first.at <= now.at ? now.at - first.at : null;
}

function presentMoment({ clock }: Context): Unusable {
  const at = clock.now();
  if (clock !== systemClock) return { at, boot_id: null, uptime_s: null };
  try {
    const boot_id = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return { at, boot_id, uptime_s: Math.floor(uptime()) };
  } catch {
    return { at, boot_id: null, uptime_s: null };
  }
}
