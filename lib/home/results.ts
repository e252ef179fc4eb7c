import { isFromFuture } from "../base/clock.ts";
import { isoTime } from "../base/local-time.ts";
import type { Context } from "../cli/spec.ts";
import { orderReason } from "../orders/order-reason.ts";
import { modeName } from "../page/judgement.ts";
import { isStationCommand } from "../publish/homeassistant/command.ts";
import { eventTopic, resultTopic, type Topics } from "../publish/homeassistant/component.ts";
import { EVENT_TYPES } from "../publish/homeassistant/station.ts";
import type { MqttSession } from "../publish/mqtt-session.ts";
import { speechOfStation } from "../station/voice.ts";
import type { Store } from "../store/database.ts";
import { type OrderRow, orderBySourceId } from "../store/orders.ts";
import { endMqttCommand, isWaiting, type MqttCommandRow, untoldMqttCommands } from "../store/publish.ts";
import { MISSING } from "../words/format.ts";
import { topicsOf } from "./broker.ts";
import { type Outcome, requestsOf } from "./command-intake.ts";

/** Results are news: a client that comes later than this, s, reads the state instead. */
const RESULT_EXPIRY_S = 300;
/** After an order's life plus this, s, a command that no dump job has ever taken is over. */
const NEVER_TAKEN_S = 3600;

interface Result {
  readonly device: string;
  readonly key: string;
  readonly value: string;
  readonly result: string;
  /** In the station's language; `code`: of an order's reason, for programs. */
  readonly reason: string | null;
  readonly code?: string | null;
}

/** Tells what became of messages at once. */
export function tellOutcomes(context: Context, session: MqttSession, outcomes: readonly Outcome[]): void {
  for (const outcome of outcomes) tell(context, session, outcome);
}

/** A command that has ended and was not told yet. */
export interface Ended {
  readonly command: MqttCommandRow;
  readonly end: End;
}

/** The commands that have ended by now. Read before the states that are sent: nobody is told "done" before the state shows it. */
export function endedCommands(context: Context, store: Store): Ended[] {
  return untoldMqttCommands(store).flatMap((command) => {
    const end = isStationCommand(command) ? stationEnd(context, store, command) : orderEnd(context, store, command);
    return end === null ? [] : [{ command, end }];
  });
}

/** Tells them. `mode`: of the battery monitor, read after them. Returns what to write down once that is acknowledged. */
export function tellResults(
  context: Context,
  session: MqttSession,
  store: Store,
  ended: readonly Ended[],
  mode: string | null,
): (() => void)[] {
  return ended.map(({ command, end: known }) => {
    const { device, key, value, id } = command;
    const isOther = known.result === "done" && isStationCommand(command) && key === "mode" && mode !== value;
    const end = isOther ? otherMode(context, mode) : known;
    tell(context, session, { device, key, value, ...end });
    return () => endMqttCommand(store, id, end.result, end.reason);
  });
}

type End = Pick<Result, "result" | "reason" | "code">;

/** What was asked of the station is done when whoever was asked has taken it; a mode, when it is the present one then. */
function stationEnd(context: Context, store: Store, command: MqttCommandRow): End | null {
  const waits = requestsOf(command).some(({ what, value }) => isWaiting(store, what, value));
  if (!waits) return { result: "done", reason: null };
  const age = context.clock.now() - command.received_at;
  const { never_taken } = speechOfStation(context).orders;
  return age <= NEVER_TAKEN_S ? null : { result: "expired", reason: never_taken, code: "never_taken" };
}

function otherMode(context: Context, mode: string | null): End {
  const speech = speechOfStation(context);
  const named = mode === null ? MISSING : modeName(mode, speech);
  return { result: "cancelled", reason: speech.orders.other_mode(named), code: "other_mode" };
}

function orderEnd(context: Context, store: Store, command: MqttCommandRow): End | null {
  const order = orderBySourceId(store, "mqtt", command.source_id);
  if (order && !isFinal(order)) return null;
  if (order) return { result: order.state, reason: orderReason(context, store, order), code: order.code };
  const now = context.clock.now();
  const isYoung = now - command.received_at <= context.config.orders.life_s + NEVER_TAKEN_S;
  // One from the future was written while the clock was wrong: nobody knows how old it is, and nobody has taken it.
  if (isYoung && !isFromFuture(command.received_at, now)) return null;
  return { result: "expired", reason: speechOfStation(context).orders.never_taken, code: "never_taken" };
}

function isFinal({ state }: OrderRow): boolean {
  return state !== "queued" && state !== "sending";
}

function tell(context: Context, session: MqttSession, result: Result): void {
  const topics: Topics = topicsOf(context.config);
  const { device, key, value, reason, code = null } = result;
  const time = isoTime(context.clock.now());
  const expiry = { expiry_s: RESULT_EXPIRY_S };
  session.publish(
    resultTopic(topics, device, key),
    JSON.stringify({ value, result: result.result, reason, code, time }),
    expiry,
  );
  const event_type = result.result === "cancelled" ? "refused" : result.result;
  if (!(EVENT_TYPES as readonly string[]).includes(event_type)) return;
  session.publish(eventTopic(topics), JSON.stringify({ event_type, device, key, value, reason, code, time }), expiry);
}
