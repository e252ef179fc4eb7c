import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { showPlan } from "../../lib/jobs/batmon/plan-shown.ts";
import { previewOrder } from "../../lib/judge/order-preview.ts";
import { fetchForecast, outsideOf } from "../../lib/judge/outside.ts";
import { siteOf, storedProfile } from "../../lib/judge/planning.ts";
import type { ModelSide } from "../../lib/judge/recorded-plant.ts";
import { type Setting, search } from "../../lib/judge/tune.ts";
import type { NewOrder } from "../../lib/store/orders.ts";
import { batmonStation } from "../support/batmon.ts";

const NOON = Date.UTC(2026, 5, 21, 12) / 1000;

type Station = ReturnType<typeof batmonStation>;

function outside(station: Station) {
  const { context, store } = station;
  return outsideOf(context, store, storedProfile(context, store), siteOf(context.config, station.now));
}

function drop(station: Station, name: string, text: string): void {
  const { state_dir } = station.context.config.station;
  mkdirSync(state_dir, { recursive: true });
  writeFileSync(join(state_dir, name), text);
}

test("announced cuts and a dropped forecast are found beside the state file, shown, and said when left aside", async (t) => {
  const station = batmonStation(t, { batmon: { preset: "planner" } });
  station.now = NOON;
  drop(station, "power-cuts.txt", "2026-06-21 20:00-23:00\nevery evening\n2026-09-01 10:00-12:00\n");
  drop(station, "forecast.json", "no JSON");
  await station.pass(3, { on_grid: false, soc: 70, pv: 900, load: 500 });
  const found = outside(station);
  assert.deepEqual(found.cuts, [[NOON + 8 * 3600, NOON + 11 * 3600]]);
  const shown = (await showPlan({ ...station.context, options: { plan: true } })).text?.(false) ?? "";
  assert.match(shown, /announced power cut from 20:00 to 23:00/);
  assert.match(shown, /line 2 of the power cuts is not understood: every evening/);
  assert.match(shown, /the forecast file is left aside: it is none of the forms/);
});

test("a forecast is fetched a few times a day, kept when the next fetch fails, and its token is told to nobody", async (t) => {
  let status = 200;
  const asked: (string | undefined)[] = [];
  const hours = Array.from({ length: 24 }, (_, hour) => ({ at: NOON + hour * 3600, kwh: 0.4 }));
  const url = await serve(t, (authorization) => {
    asked.push(authorization);
    return { status, body: status === 200 ? JSON.stringify({ hours }) : `no, ${authorization}` };
  });
  const station = batmonStation(t, { batmon: { preset: "planner" } });
  station.now = NOON;
  drop(station, "url", url);
  drop(station, "token", "s3cret");
  const { state_dir } = station.context.config.station;
  const files = { forecast_url_file: join(state_dir, "url"), forecast_token_file: join(state_dir, "token") };
  Object.assign(station.context.config.batmon.planner, files);
  const { chmodSync } = await import("node:fs");
  for (const path of Object.values(files)) chmodSync(path, 0o600);
  const fetchAt = async (now: number) => {
    station.now = now;
    await fetchForecast(station.context, station.store);
    return outside(station);
  };
  const first = await fetchAt(NOON);
  assert.deepEqual([first.forecast, first.sun[0]], [{ source: "url", at: NOON, refused: null }, [NOON, 400]]);
  await fetchAt(NOON + 3600);
  assert.deepEqual(asked, ["Bearer s3cret"], "not due yet");
  status = 500;
  const later = await fetchAt(NOON + 5 * 3600);
  assert.equal(later.forecast?.at, NOON);
  assert.match(later.fetch_failure ?? "", /^HTTP 500: no, /);
  assert.doesNotMatch(JSON.stringify(later), /s3cret/);
});

async function serve(t: TestContext, answer: (authorization?: string) => { status: number; body: string }) {
  const server = createServer((request, response) => {
    const { status, body } = answer(request.headers.authorization);
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

test("an order by hand is shown in what the plan makes of it; other registers are not its business", async (t) => {
  const station = batmonStation(t, { batmon: { preset: "planner" } });
  station.now = NOON;
  const order = (key: string, wanted_raw: number) => ({ key, wanted_raw }) as NewOrder;
  const shown = (key: string, raw: number) => previewOrder(station.context, station.store, order(key, raw));
  assert.match(shown("ongrid_switch", 1)?.text ?? "", /there is no plan yet/);
  await station.pass(3, { on_grid: false, soc: 70, pv: 900, load: 500 });
  const preview = shown("ongrid_switch", 1);
  assert.notDeepEqual(preview?.json?.with, preview?.json?.without);
  assert.match(
    preview?.text ?? "",
    /^By the plan, until tomorrow night.*\n {2}reserve .*\n {2}full .*\n {2}bought .* → .*kWh/,
  );
  assert.ok(shown("charger_source_priority", 3)?.json);
  assert.equal(shown("buzzer_mode", 1), null);
});

test("tuning tries one figure after the other and proposes only what is worth it, and safe", () => {
  const present: Setting = { preset: "greedy", reserve: 30, margin: 15 };
  const side = (bought: number, more: Partial<ModelSide> = {}): ModelSide => ({
    ...{ bought, lowest_cell: 3.2, switches: 2, dark_minutes: 0, ...more },
  });
  const { best, tried } = search(present, 2, ({ preset, reserve, margin }) => {
    if (reserve < 30) return side(1, { dark_minutes: 5 });
    return side(20 - (preset === "planner" ? 1 : 0) - (reserve === 35 ? 0.06 : 0) - (margin === 20 ? 5 : 0));
  });
  assert.deepEqual([best.preset, best.reserve, best.margin, best.more], ["planner", 30, 15, -0.5]);
  assert.equal(tried[0]?.more, 0);
  assert.ok(
    !tried.some(({ preset, margin }) => preset === "planner" && margin !== 15),
    "the planner has a margin of its own",
  );
  const same = search(present, 2, () => side(20));
  assert.deepEqual([same.best.preset, same.best.more], ["greedy", 0]);
});
