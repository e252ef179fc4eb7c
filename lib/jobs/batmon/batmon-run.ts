import { AHEAD_S } from "../../base/clock.ts";
import type { StationError } from "../../base/errors.ts";
import { chatsAreOpen } from "../../chat/open.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { areSeveral } from "../../config/units.ts";
import { alertFacts } from "../../judge/alert-facts.ts";
import { act, type Judgement, judge, pendingPosition } from "../../judge/judge.ts";
import { fetchForecast } from "../../judge/outside.ts";
import { alertText } from "../../publish/alert-text.ts";
import { evaluateAlerts } from "../../rules/alerts/evaluate.ts";
import type { AlertEvent } from "../../rules/alerts/types.ts";
import { MODES } from "../../rules/grid-switch/types.ts";
import { keepModeOutside, monitorMode } from "../../station/monitor-mode.ts";
import { type Samples, samplesBetween } from "../../station/rule-inputs.ts";
import { MEMORY } from "../../station/rule-memory.ts";
import { alertSettings } from "../../station/rule-settings.ts";
import { speechOfStation, voiceOf } from "../../station/voice.ts";
import type { Store } from "../../store/database.ts";
import { countWaiting, dropOtherChannels } from "../../store/outbox.ts";
import { isAsked, takeRequests } from "../../store/publish.ts";
import { lastRecovery, RECOVERY_MEMORY, recoveryValues } from "../../store/recovery.ts";
import { insertAlertEvents, ruleState, saveRuleState, setMode } from "../../store/rules.ts";
import { explainDecision } from "../../terminal/why-text.ts";
import { reportIfDue } from "./daily.ts";
import { channels, deliver, pingDeadMan, queueEvents, queueMessage } from "./notify.ts";
import { tellObserved } from "./observed.ts";

/** Samples looked at; the rules use an hour at most. */
const WINDOW_S = 3600;

/** `batmon` under cron: decide, act, then alerts, report, messages, and at the very end the dead man's switch. */
export async function runBatmon(context: Context): Promise<Answer | undefined> {
  if (!context.config.batmon.enabled) {
    context.log.info("the battery monitor is disabled in the configuration");
    return undefined;
  }
  return judgeAndTell(context, context.openStore());
}

async function judgeAndTell(context: Context, store: Store): Promise<Answer> {
  const until = context.clock.monotonic() + Number(context.options.stay ?? 0) * 1000;
  takeModeRequest(context, store);
  const now = context.clock.now();
  // Only switches that differ are judged by where an order wants them.
  const wanted = areSeveral(context.config, "inverter") ? pendingPosition(store) : null;
  const samples = samplesBetween(store, context.config, now - WINDOW_S, now + AHEAD_S + 1, wanted);
  const { mode } = monitorMode(context, store);
  if (!context.dryRun) keepModeOutside(context, mode);
  const judgement = judge(context, store, samples, now - WINDOW_S, mode);
  act(context, store, judgement);
  const events = watch(context, store, samples, judgement);
  const reported = reportIfDue(context, store);
  const replaced = tellRecovery(context, store);
  const observed = mode === "observe" && tellObserved(context, store);
  const failure = await tell(context, store, reported || replaced || observed || events.length > 0, until);
  return {
    json: {
      ...{ decision: judgement.decision, orders: judgement.orders.map((order) => orderText(context, order)) },
      events: events.map((event) => ({ ...event, text: alertText(event, voiceOf(context)) })),
    },
    text: () =>
      [
        ...explainDecision(judgement.decision, speechOfStation(context)),
        ...events.map((event) => alertText(event, voiceOf(context))),
      ].join("\n"),
    ...(failure ? { failure } : {}),
  };
}

/** An order as it stands in the command file. */
function orderText({ config }: Context, { device, line }: Judgement["orders"][number]): string {
  return areSeveral(config, "inverter") ? `${device}.${line}` : line;
}

/** Home Assistant's wish, taken with the run it changes. */
function takeModeRequest(context: Context, store: Store): void {
  if (context.dryRun || !isAsked(store, "mode")) return;
  store.write(() => {
    const last = takeRequests(store, "mode").at(-1);
    const mode = MODES.find((one) => one === last?.value);
    if (last && mode) setMode(store, { at: context.clock.now(), mode, source: last.source });
  });
}

/** Judges the alerts and puts what is to be told into the outbox, with the run's other writes. */
function watch(context: Context, store: Store, samples: Samples, judgement: Judgement): readonly AlertEvent[] {
  const now = context.clock.now();
  const { state, events } = evaluateAlerts({
    now,
    ...samples,
    facts: alertFacts(context, store, judgement, samples),
    state: ruleState(store, MEMORY.alerts),
    settings: alertSettings(context.config),
  });
  if (context.dryRun) return events;
  store.later(() => {
    saveRuleState(store, MEMORY.alerts, now, state);
    insertAlertEvents(
      store,
      events.map((event) => {
        const { at, key, kind, severity, since, dated } = event;
        // The text is how it was told; whoever shows the event makes it anew from the values.
        const text = alertText(event, voiceOf(context));
        return { at, key, kind, severity, since, dated, text, alert: event.id, details: event.values };
      }),
    );
    queueEvents(context, store, events, state);
    dropOtherChannels(
      store,
      channels(context).map(({ name }) => name),
    );
  });
  return events;
}

/** A state file that had to be replaced is told once, by the first run after it. Returns whether there is something to deliver. */
function tellRecovery(context: Context, store: Store): boolean {
  const recovery = lastRecovery(store);
  if (context.dryRun || recovery === null || recovery.told) return false;
  const { name, time_zone } = context.config.station;
  const values = recoveryValues(store.path, recovery, time_zone);
  const text = `${name}: ${speechOfStation(context).doctor.recovery(values)}.`;
  store.later(() => {
    saveRuleState(store, RECOVERY_MEMORY, recovery.at, { ...recovery, told: true });
    queueMessage(context, store, { kind: "notice", severity: "critical", text });
  });
  return true;
}

/**
 * Delivery and chats come last and never change what was decided: what is to be told, and what was judged, is stored before the first
 * byte leaves.
 */
async function tell(context: Context, store: Store, news: boolean, until: number): Promise<StationError | null> {
  if (context.dryRun) return null;
  const chats = chatsAreOpen(context) ? await import("../../chat/visit.ts") : null;
  chats?.tellChatOrders(context, store);
  if (chats || news || countWaiting(store) > 0) store.flush();
  const failure = await deliver(context, store);
  if (failure === null) await pingDeadMan(context, store);
  await fetchForecast(context, store);
  const unread = await chats?.visitChats(context, store, until, () => deliver(context, store));
  return failure ?? unread ?? null;
}
