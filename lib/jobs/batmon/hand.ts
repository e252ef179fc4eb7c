import { ServiceDown, UsageError } from "../../base/errors.ts";
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
  if (!mode) throw new UsageError(`"${context.options.mode}" is no mode; expected ${MODES.join(", ")}`);
  const store = context.openStore();
  const before = monitorMode(context, store);
  const changed = before.mode !== mode;
  if (!context.dryRun) chooseMode(context, store, mode, "hand");
  return {
    json: { mode, before, changed },
    text: () =>
      changed
        ? `mode ${mode} from the next run on; it was ${before.mode}${setBy(before, context)}`
        : `mode ${mode} as before${setBy(before, context)}`,
    always: true,
  };
}

function setBy({ source, at }: MonitorMode, context: Context): string {
  return at === null ? " by the configuration" : `, set by ${source} at ${moment(at, context)}`;
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
      if (alerts === null) return "the rules have not run yet";
      const silent = rulesSilent({ judgement, speech: speechOfStation(context) });
      const lines = alerts.map(
        ({ severity, since, text }) => `${severity.padEnd(8)}  since ${moment(since, context)}  ${text}`,
      );
      if (silent !== null) return [`${silent}. Open when they stopped: ${lines.length || "none"}`, ...lines].join("\n");
      return lines.length === 0 ? "no open alerts" : lines.join("\n");
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
  const results = await sendDirectly(context, `${context.config.station.name}: a test message of batmon.`, "info");
  const failed = results.filter(({ ok }) => !ok);
  const failure = failed.map(({ channel, reason }) => `${channel}: ${reason}`).join("\n");
  return {
    json: { channels: results },
    text: () => {
      if (results.length === 0) return "no channel is configured (notify: in config.yaml)";
      const end = context.dryRun ? "would be sent" : "sent";
      return results.map(({ channel, ok }) => `${channel}: ${ok ? end : "failed"}`).join("\n");
    },
    always: true,
    ...(failed.length > 0 ? { failure: new ServiceDown(failure) } : {}),
  };
}

function moment(at: number, { config }: Context): string {
  return localStamp(at, config.station.time_zone);
}
