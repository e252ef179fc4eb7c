import assert from "node:assert/strict";
import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { failureText } from "../../lib/base/failure/failure.ts";
import { showPlan } from "../../lib/jobs/batmon/plan-shown.ts";
import { previewOrder } from "../../lib/judge/order-preview.ts";
import { fetchForecast, type Outside, outsideOf } from "../../lib/judge/outside.ts";
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

const fetchText = ({ fetch_failure }: Outside): string => (fetch_failure === null ? "" : failureText(fetch_failure));

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
  assert.match(fetchText(later), /^HTTP 500: no, /);
  assert.doesNotMatch(JSON.stringify(later), /s3cret/);
});

/** A failure of the service as the next plan sees it. */
// biome-ignore format: a row a line
const UNFETCHED: readonly { name: string; url?: string; token?: string; answer?: { status: number; body: string }; want: RegExp; asked: (string | undefined)[] }[] = [
  { name: "an address that is not there", want: /url/, asked: [] },
  { name: "a port that nobody listens on", url: "http://127.0.0.1:9/", want: /ECONNREFUSED|refused/, asked: [] },
  { name: "an answer of no known form", answer: { status: 200, body: "{}" }, want: /^the answer is no forecast that is understood$/, asked: [undefined] },
  { name: "a forecast without hours", answer: { status: 200, body: '{"hours": []}' }, want: /^the answer is no forecast that is understood$/, asked: [undefined] },
  { name: "a word of its own before the token", token: "Basic czNjcmV0", answer: { status: 401, body: "not Basic czNjcmV0" }, want: /^HTTP 401: not /, asked: ["Basic czNjcmV0"] },
];

for (const { name, url, token, answer, want, asked } of UNFETCHED) {
  test(`a forecast that could not be fetched is no forecast, and why is said: ${name}`, async (t) => {
    const heard: (string | undefined)[] = [];
    const station = batmonStation(t, { batmon: { preset: "planner" } });
    station.now = NOON;
    const { state_dir } = station.context.config.station;
    const from =
      answer === undefined
        ? url
        : await serve(t, (authorization) => {
            heard.push(authorization);
            return answer;
          });
    const secret = (file: string, text: string) => {
      drop(station, file, text);
      chmodSync(join(state_dir, file), 0o600);
      return join(state_dir, file);
    };
    if (from !== undefined) secret("url", from);
    const forecast_token_file = token === undefined ? null : secret("token", token);
    const files = { forecast_url_file: join(state_dir, "url"), forecast_token_file };
    Object.assign(station.context.config.batmon.planner, files);
    await fetchForecast(station.context, station.store);
    const found = outside(station);
    assert.deepEqual([found.forecast, found.sun, heard], [null, [], asked]);
    assert.match(fetchText(found), want);
    assert.doesNotMatch(fetchText(found), /czNjcmV0/);
  });
}

test("what lies in the place of a forecast and is no small file is no forecast", async (t) => {
  const station = batmonStation(t, { batmon: { preset: "planner" } });
  station.now = NOON;
  const path = join(station.context.config.station.state_dir, "forecast.json");
  for (const put of [() => mkdirSync(path), () => writeFileSync(path, " ".repeat(3_000_000))]) {
    put();
    assert.equal(outside(station).forecast, null);
    rmSync(path, { recursive: true });
  }
  writeFileSync(path, "no JSON");
  assert.equal(outside(station).forecast?.source, "file");
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
  for (const [key, raw] of [
    ["charger_source_priority", 3],
    ["grid_charge_current", 200],
    ["absorption_voltage", 560],
    ["float_voltage", 540],
  ] as const) {
    assert.ok(shown(key, raw)?.json, key);
  }
  assert.equal(shown("buzzer_mode", 1), null);
  const unread = { key: "ongrid_switch", wanted_raw: null } as NewOrder;
  assert.equal(
    previewOrder(station.context, station.store, unread),
    null,
    "a line that names no value changes nothing",
  );
  station.store.write(() => station.store.db.exec("DELETE FROM decisions"));
  assert.deepEqual(shown("ongrid_switch", 1)?.json, preview?.json, "the plan itself remembers charge and switch");
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
