import { isoTime } from "../base/local-time.ts";
import type { Context } from "../cli/spec.ts";
import type { Flag } from "../codec/table.ts";
import { stationUnits } from "../config/units.ts";
import { historyTopic, type Json } from "../publish/homeassistant/component.ts";
import { flagTexts } from "../publish/homeassistant/entities.ts";
import { bmsRows, inverterRows, type Row } from "../publish/homeassistant/rows.ts";
import type { MqttSession } from "../publish/mqtt-session.ts";
import type { Store } from "../store/database.ts";
import { setCursor, timeCursor } from "../store/publish.ts";
import { bmsSamples, lastSampleAt } from "../store/samples.ts";
import { derivedSamples } from "../store/view.ts";
import { topicsOf } from "./broker.ts";

/** Seconds of samples that are read, sent and acknowledged at once. */
const BATCH_S = 4 * 3600;
/** Time that must be left of the run for another batch, ms. */
const BATCH_NEEDS_MS = 15_000;

/**
 * Sends every sample once, in order and with its true time, those of a broker outage included. The cursor moves only with what
 * the broker has acknowledged. @throws ServiceDown
 */
export async function sendBacklog(context: Context, session: MqttSession, store: Store): Promise<number> {
  let sent = 0;
  for (const { kind, name } of stationUnits(context.config)) {
    sent += await sendDevice(context, session, store, name, HISTORY[kind]);
  }
  return sent;
}

type History = (store: Store, device: string, from: number, to: number) => { at: number; rows: Row[] }[];

const inverterHistory: History = (store, device, from, to) =>
  derivedSamples(store, device, from, to).map(({ at, sample, derived }) => ({
    at,
    rows: inverterRows(sample, null, {}, {}, derived),
  }));

const bmsHistory: History = (store, device, from, to) =>
  bmsSamples(store, device, from, to).map(({ at, sample }) => ({
    at,
    rows: bmsRows(sample, sample.cells.length, { table: {}, raw: null }, null),
  }));

const HISTORY = { inverter: inverterHistory, bms: bmsHistory };

async function sendDevice(
  context: Context,
  session: MqttSession,
  store: Store,
  device: string,
  history: History,
): Promise<number> {
  const now = context.clock.now();
  // Neither a sample of the future nor the clock draws the cursor on: what is stored a moment late would be left out.
  const last = lastSampleAt(store, device, now);
  if (last === null) return 0;
  const name = `mqtt_history:${device}`;
  const oldest = now - context.config.mqtt.backlog_days * 86400;
  const { at, lost } = timeCursor(store, name);
  // Sent twice does no harm: the broker's readers keep one point a time.
  let from = lost ? oldest : Math.max(oldest, (at ?? last - 1) + 1);
  let sent = 0;
  while (from <= last && context.timeLeft() > BATCH_NEEDS_MS) {
    const to = Math.min(last + 1, from + BATCH_S);
    const samples = history(store, device, from, to);
    for (const { at, rows } of samples)
      session.publish(historyTopic(topicsOf(context.config), device), historyJson(at, rows));
    if (samples.length > 0) await session.settle();
    sent += samples.length;
    from = to;
    store.write(() => setCursor(store, name, to - 1));
  }
  return sent;
}

/** One flat object a sample, with numbers as numbers: what Telegraf's json parser makes fields of. */
function historyJson(at: number, rows: readonly Row[]): string {
  const fields = rows.filter((row) => row.group === "live").map(({ key, value }) => [key, plain(value)]);
  return JSON.stringify({ time: isoTime(at), timestamp: at, ...Object.fromEntries(fields) });
}

function plain(value: Row["value"]): Json {
  return Array.isArray(value) ? flagTexts(value as readonly Flag[]).join(",") : (value as Json);
}
