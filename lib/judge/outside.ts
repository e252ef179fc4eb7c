/** What others tell the planner: announced power cuts, and a forecast of the sun that was dropped or fetched. Nothing needs any of it. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { failureOf } from "../base/errors.ts";
import { type Failure, failure, failureText, said } from "../base/failure/failure.ts";
import type { Context } from "../cli/spec.ts";
import { exchange, scrub } from "../publish/notifiers/http.ts";
import { readSecretFile } from "../publish/notifiers/secret-file.ts";
import { type ForeignRefusal, type ForeignSun, parseForeignSun, usableSun } from "../rules/plan/foreign-sun.ts";
import { type PowerCuts, parsePowerCuts } from "../rules/plan/power-cuts.ts";
import { DAY_S, type Profile, type Site } from "../rules/plan/profile.ts";
import type { PlanInput } from "../rules/plan/types.ts";
import { MEMORY } from "../station/rule-memory.ts";
import type { Store } from "../store/database.ts";
import { ruleState, saveRuleState } from "../store/rules.ts";

const MOST_BYTES = 262_144;
/** Cuts further ahead do not touch a plan, s. */
const AHEAD_S = 3 * DAY_S;
/** Enough for one exchange and the end of the run, ms. */
const LAST_EXCHANGE_MS = 12_000;

/** The last answer of the service, and how the last question went. */
interface Fetched {
  readonly sun: ForeignSun | null;
  readonly at: number;
  readonly tried_at: number;
  /** A sentence, in what an earlier edition has stored. */
  readonly failure: Failure | string | null;
}

export interface Outside {
  readonly cuts: NonNullable<PlanInput["cuts"]>;
  readonly sun: NonNullable<PlanInput["sun"]>;
  /** Where the forecast came from and when it was made; why it is left aside; how the last fetch failed. */
  readonly forecast: {
    readonly source: "file" | "url";
    readonly at: number;
    readonly refused: ForeignRefusal | null;
  } | null;
  readonly fetch_failure: Failure | null;
  readonly bad_lines: PowerCuts["bad"];
}

/** What is known from outside now. */
export function outsideOf(context: Context, store: Store, profile: Profile, site: Site): Outside {
  const { config, clock } = context;
  const { state_dir, time_zone } = config.station;
  const { power_cuts_file, forecast_file } = config.batmon.planner;
  const now = clock.now();
  const calendar = [power_cuts_file ?? [join(state_dir, "power-cuts.txt"), join(state_dir, "power-cuts.ics")]].flat();
  const parsed = calendar.flatMap((path) => {
    const file = smallFile(path);
    return file === null ? [] : [parsePowerCuts(file.text, time_zone)];
  });
  const cuts = parsed.flatMap((one) => one.cuts).filter(([from, to]) => to > now && from < now + AHEAD_S);
  const file = smallFile(forecast_file ?? join(state_dir, "forecast.json"));
  const dropped = file === null ? [] : [{ source: "file" as const, at: file.at, sun: parseForeignSun(file.text) }];
  const fetched = fetchedSun(store);
  const failed = fetched?.failure ?? null;
  const asked = fetched?.sun ? [{ source: "url" as const, at: fetched.at, sun: fetched.sun }] : [];
  const [newest] = [...dropped, ...asked].sort((a, b) => b.at - a.at);
  const judged = newest === undefined ? null : usableSun(newest.sun, newest.at, now, profile, site);
  return {
    cuts,
    sun: judged !== null && "sun" in judged ? judged.sun : [],
    forecast:
      newest === undefined || judged === null
        ? null
        : { source: newest.source, at: newest.at, refused: "sun" in judged ? null : judged },
    fetch_failure: typeof failed === "string" ? said(failed) : failed,
    bad_lines: parsed.flatMap(({ bad }) => bad),
  };
}

function fetchedSun(store: Store): Fetched | null {
  const value = ruleState(store, MEMORY.forecast) as Partial<Fetched> | null;
  return typeof value?.tried_at === "number"
    ? { sun: null, at: 0, failure: null, ...value, tried_at: value.tried_at }
    : null;
}

/** Asks the service for a forecast when one is due; what it says is kept for the next plan, a failure too. Never fails. */
export async function fetchForecast(context: Context, store: Store): Promise<void> {
  const { forecast_url_file, forecast_token_file, forecasts_per_day } = context.config.batmon.planner;
  if (forecast_url_file === null || context.dryRun || context.timeLeft() < LAST_EXCHANGE_MS) return;
  const now = context.clock.now();
  const before = fetchedSun(store);
  const waited = now - (before?.tried_at ?? 0);
  if (waited >= 0 && waited < DAY_S / forecasts_per_day) return;
  const answer = await asked(forecast_url_file, forecast_token_file, context.timeLeft());
  const sun = "sun" in answer ? answer.sun : null;
  if ("failure" in answer) context.log.warn("no forecast was fetched", { reason: failureText(answer.failure) });
  const next: Fetched = {
    ...(sun === null ? { sun: before?.sun ?? null, at: before?.at ?? 0 } : { sun, at: now }),
    tried_at: now,
    failure: "failure" in answer ? answer.failure : null,
  };
  store.write(() => saveRuleState(store, MEMORY.forecast, now, next));
}

async function asked(
  url_file: string,
  token_file: string | null,
  left_ms: number,
): Promise<{ readonly sun: ForeignSun } | { readonly failure: Failure }> {
  let url: string;
  let token: string | null;
  try {
    url = readSecretFile(url_file);
    token = token_file === null ? null : readSecretFile(token_file);
  } catch (error) {
    return { failure: failureOf(error) };
  }
  const headers = token === null ? {} : { Authorization: token.includes(" ") ? token : `Bearer ${token}` };
  const answer = await exchange({ method: "GET", url, headers }, left_ms);
  if ("failure" in answer) return answer;
  if (answer.status !== 200) {
    const words = scrub(answer.body, [url, ...(token?.split(" ") ?? [])]);
    return { failure: failure("http_status_says", { status: answer.status, words }) };
  }
  const sun = parseForeignSun(answer.body);
  return sun === null || sun.hours.length === 0 ? { failure: failure("forecast_not_understood") } : { sun };
}

/** A file somebody dropped: its text and when it was written; null when there is none, or none that is a small file. */
function smallFile(path: string): { readonly text: string; readonly at: number } | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile() || status.size > MOST_BYTES) return null;
    return { text: readFileSync(descriptor, "utf8"), at: Math.floor(status.mtimeMs / 1000) };
  } catch {
    return null;
  } finally {
    closeSync(descriptor);
  }
}
