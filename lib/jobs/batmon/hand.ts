import { ServiceDown, UsageError } from "../../base/errors.ts";
import { failure, failureText } from "../../base/failure/failure.ts";
import { localStamp } from "../../base/local-time.ts";
import type { Answer, Context } from "../../cli/spec.ts";
import { reportOf, reportText } from "../../judge/day-report.ts";
import { rulesSilent } from "../../page/judgement.ts";
import { MODES } from "../../rules/grid-switch/types.ts";
import { hereOf } from "../../station/here.ts";
import { chooseMode, type MonitorMode, monitorMode } from "../../station/monitor-mode.ts";
import { alertViews, storedRules } from "../../station/stored-judgement.ts";
import { speechOfStation } from "../../station/voice.ts";
import type { Store } from "../../store/database.ts";
import { parseDay } from "../../view/time-span.ts";
import { sendDirectly } from "./notify.ts";

/** `batmon --mode MODE`: who rules the grid switch from the next run on. */
export async function changeMode(context: Context): Promise<Answer> {
  const mode = MODES.find((one) => one === context.options.mode);
  if (!mode) {
    throw new UsageError(failure("no_such_mode", { given: String(context.options.mode), modes: MODES.join(", ") }));
  }
  const store = context.openStore();
  const before = monitorMode(context, store);
  const changed = before.mode !== mode;
  if (!context.dryRun) chooseMode(context, store, mode, "hand");
  return {
    json: { mode, before, changed },
    text: () => {
      const { hand: w } = speechOfStation(context);
      const by = setBy(before, context);
      return changed ? w.mode_from_now(mode, before.mode, by) : w.mode_as_before(mode, by);
    },
    always: true,
  };
}

function setBy({ source, at }: MonitorMode, context: Context): string {
  const { hand: w } = speechOfStation(context);
  const who: Readonly<Record<string, string>> = w.who;
  return at === null ? w.by_config : w.by(who[source] ?? source, moment(at, context));
}

/** `batmon --alerts`: what is raised now; of rules that have stopped, what was raised then, said so. */
export async function showAlerts(context: Context): Promise<Answer> {
  const store = context.openStore({ readonly: true });
  const rules = storedRules(context, store);
  const alerts = alertViews(context, rules);
  const { judgement } = rules;
  return {
    json: { judgement, alerts },
    text: () => {
      const speech = speechOfStation(context);
      const { hand: w } = speech;
      if (alerts === null) return w.rules_not_yet;
      const silent = rulesSilent({ judgement, speech });
      const width = Math.max(...Object.values(w.severities).map((name) => name.length));
      const lines = alerts.map(
        ({ severity, since, text }) =>
          `${w.severities[severity].padEnd(width)}  ${w.since(moment(since, context))}  ${text}`,
      );
      if (silent !== null) return [w.alerts_then(silent, lines.length), ...lines].join("\n");
      return lines.length === 0 ? w.no_alerts : lines.join("\n");
    },
    always: true,
  };
}

/** `batmon --report [DAY]`: the report as it is sent; nothing is stored or sent. */
export async function showReport(context: Context): Promise<Answer> {
  const store: Store = context.openStore({ readonly: true });
  const { report: given } = context.options;
  const report = reportOf(context, store, parseDay(typeof given === "string" ? given : "today", hereOf(context)));
  return { json: report, text: () => reportText(context, report), always: true };
}

/** `batmon --test-message`: one message through every channel, past the outbox. */
export async function testMessage(context: Context): Promise<Answer> {
  const { hand: w } = speechOfStation(context);
  const results = await sendDirectly(context, w.test_message(context.config.station.name), "info");
  const failed = results.filter(({ ok }) => !ok);
  const failures = failed.flatMap(({ channel, reason }) =>
    reason === null ? [] : [failure("at", { place: channel, what: reason })],
  );
  const inJson = results.map(({ reason, ...rest }) => ({ ...rest, reason: reason && failureText(reason) }));
  return {
    json: { channels: inJson },
    text: () => {
      if (results.length === 0) return w.no_channel;
      const end = context.dryRun ? w.would_be_sent : w.sent;
      return results.map(({ channel, ok }) => `${channel}: ${ok ? end : w.failed}`).join("\n");
    },
    always: true,
    ...(failed.length > 0 ? { failure: new ServiceDown(failure("several", { failures })) } : {}),
  };
}

function moment(at: number, { config }: Context): string {
  return localStamp(at, config.station.time_zone);
}
