import type { Context } from "../cli/spec.ts";
import { version } from "../cli/version.ts";
import type { Newest } from "../export/newest.ts";
import type { OriginalStation } from "../export/original/live-files.ts";
import type { Store } from "../store/database.ts";
import { lastFrame } from "../store/frames.ts";
import { allJobStates } from "../store/job-list.ts";
import { latestSettings } from "../store/setting-rows.ts";
import type { LiveStation } from "../view/live.ts";
import { liveStation } from "./live-devices.ts";
import { ruleSet } from "./rule-settings.ts";
import { alertViews, storedRules } from "./stored-judgement.ts";

/** The station as formats of newest values see it. */
export function newestOf(context: Context, store: Store): Newest {
  const rules = storedRules(context, store);
  const { reserve, grid_voltage_low } = ruleSet(context.config).parameters;
  return {
    ...newestDevices(context, store, liveStation(context, store)),
    version: version(),
    jobs: allJobStates(store),
    alerts: rules.judgement.state === "fresh" ? alertViews(context, rules) : null,
    limits: { reserve, grid_voltage_low },
  };
}

/** Its devices alone, with what the owner chose. */
export function newestDevices(context: Context, store: Store, { machines, bms }: LiveStation): OriginalStation {
  const { station, export: options } = context.config;
  return {
    station,
    options,
    inverters: machines.map((inverter) => {
      return { ...inverter, settings: latestSettings(store, inverter.name)?.raw ?? null };
    }),
    bms: bms.map((pack) => {
      const kept = pack.sample && lastFrame(store, pack.name, "answer");
      return { ...pack, answer: kept?.at === pack.at ? (kept?.bytes ?? null) : null };
    }),
  };
}
