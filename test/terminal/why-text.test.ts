/** `batmon --why` in both languages: every rule as it may stand, the reasons, the orders, and what an earlier edition stored. */
import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { RULES, type RuleId } from "../../lib/rules/grid-switch/rule-ids.ts";
import type { Because, Decision, OrderView, RuleFacts, RuleResult } from "../../lib/rules/grid-switch/types.ts";
import { ruleText } from "../../lib/terminal/rule-text.ts";
import { distanceText, orderWords } from "../../lib/terminal/why-text.ts";
import { speech } from "../../lib/words/index.ts";
import { Station } from "../rules/grid-switch-station.ts";
import { plain, reasonSaid, whySaid } from "../support/why-said.ts";

const LANGUAGES = ["en", "ru"] as const;

interface Row {
  readonly id: RuleId;
  readonly met?: boolean | null;
  readonly value?: RuleResult["value"];
  readonly limit?: RuleResult["threshold"];
  readonly facts?: RuleFacts;
  readonly en: string;
  readonly ru: string;
}

const DOUBT = { key: "grid_voltage", code: "out_of_range", raw: 6553 } as const;

// biome-ignore format: a row a line
const ROWS: readonly Row[] = [
  { id: "S1", value: 0, limit: 0, facts: { faults: [] }, en: "no fault reported", ru: "неисправностей нет" },
  { id: "S1", met: true, value: 2, limit: 0, facts: { faults: [{ device: "inverter", label: "fan_locked", bit: 0 }], discharging_on: false }, en: "fault reported: inverter: fan locked, BMS: discharge switch is off", ru: "неисправность: инвертор: вентилятор заклинен, BMS отключила разряд" },
  { id: "S1", met: true, value: 1, limit: 0, facts: { faults: [{ device: "bms", label: null, bit: 14 }] }, en: "fault reported: BMS: a fault without a name (no. 14)", ru: "неисправность: BMS: неизвестная неисправность (№ 14)" },
  { id: "S2", value: 0.5, limit: 5, facts: { inverter_age: 1 }, en: "BMS data 30 s old, inverter data 1 min old", ru: "BMS: 30 с назад, инвертор: 1 мин назад" },
  { id: "S2", met: true, value: null, limit: 5, facts: { inverter_age: null, repeats: true, by_inverter: 3.21, last_soc: 34, grace: true }, en: "BMS data missing (it repeats one answer), inverter data missing, pack at 3.21 V per cell by the inverter, charge was 34 % when last known; waiting after a clock jump or start", ru: "BMS: нет данных (повторяет один ответ), инвертор: нет данных, по инвертору 3,21 В на ячейку, последний известный заряд 34 %; ждём после пуска или перевода часов" },
  { id: "S3", value: 2.85, limit: 2.9, facts: { level: "cell", cell: { device: null, cell: 7 }, panic: 2.8 }, en: "lowest cell 7 at 2.850 V; limit 2.80 V once or 2.90 V twice", ru: "нижняя ячейка 7: 2,850 В; предел 2,80 В сразу или 2,90 В дважды" },
  { id: "S3", value: 2.85, limit: 2.9, facts: { level: "cell", cell: { device: "south", cell: 7 }, panic: 2.8 }, en: "lowest cell 7 of south at 2.850 V; limit 2.80 V once or 2.90 V twice", ru: "нижняя ячейка 7 (south): 2,850 В; предел 2,80 В сразу или 2,90 В дважды" },
  { id: "S3", value: 3.1, limit: 2.9, facts: { level: "mean", panic: 2.8 }, en: "a cell on average at 3.100 V; limit 2.80 V once or 2.90 V twice", ru: "ячейка в среднем 3,100 В; предел 2,80 В сразу или 2,90 В дважды" },
  { id: "S3", value: 3.1, limit: 2.9, facts: { level: "terminal", panic: 2.8 }, en: "the inverter reads 3.10 V a cell; limit 2.80 V once or 2.90 V on average", ru: "по инвертору 3,10 В на ячейку; предел 2,80 В сразу или 2,90 В в среднем" },
  { id: "S3", met: true, limit: 2.9, facts: { level: "nonsense", cell: { device: null, cell: 3 }, panic: 2.8 }, en: "cell 3 reads nonsense while the BMS reports an empty battery", ru: "ячейка 3 показывает невозможное, а BMS сообщает о пустой батарее" },
  { id: "S3", met: null, limit: 2.9, facts: { panic: 2.8 }, en: "no cell voltages", ru: "напряжения ячеек неизвестны" },
  { id: "S4", en: "temperatures inside their limits", ru: "температуры в допустимых пределах" },
  { id: "S4", met: true, value: 61, facts: { hot: { part: "battery", temperature: 61 } }, en: "battery at 61 °C", ru: "батарея: 61 °C" },
  { id: "S5", value: 31.5, limit: 30, facts: { held: 0, hold: 5 }, en: "state of charge 31.5 %, reserve 30 %, held 0 of 5 min", ru: "заряд 31,5 %, резерв 30 %, держится 0 из 5 мин" },
  { id: "S5", value: 29, limit: 30, facts: { held: 5, hold: 5, soc_by: "terminal", spell: 3, least_spell: 10 }, en: "state of charge 29 %, reserve 30 % by the inverter's voltage, held 5 of 5 min, off the grid for 3 of 10 min", ru: "заряд 29 %, резерв 30 % (по напряжению инвертора), держится 5 из 5 мин, без сети 3 мин из 10 мин" },
  { id: "S5", value: 29, limit: 30, facts: { held: 1, hold: 5, soc_by: "lower" }, en: "state of charge 29 %, reserve 30 %, by the inverter, the lower of two readings, held 1 of 5 min", ru: "заряд 29 %, резерв 30 % (по инвертору, меньшее из двух), держится 1 из 5 мин" },
  { id: "S5", met: null, limit: 30, facts: { held: 0, hold: 5 }, en: "state of charge not known, held 0 of 5 min", ru: "заряд неизвестен, держится 0 из 5 мин" },
  { id: "G1", met: true, value: 95, limit: 90, facts: { full: true, held: 3, hold: 3 }, en: "the pack is as good as full (charge 95 %), held 3 of 3 min", ru: "батарея почти полна (заряд 95 %), держится 3 из 3 мин" },
  { id: "G1", met: null, limit: 90, facts: { full: null, held: 0, hold: 3 }, en: "the pack is not full (charge unknown), held 0 of 3 min", ru: "батарея не полна (заряд неизвестен), держится 0 из 3 мин" },
  { id: "G2", value: 400, limit: 820, facts: { soc: 60, start_soc: 45, held: 0, hold: 10 }, en: "PV 400 W of 820 W needed, charge 60 % of 45 % needed, held 0 of 10 min", ru: "солнце 400 Вт, нужно 820 Вт; заряд 60 %, нужно 45 %; держится 0 из 10 мин" },
  { id: "G2", met: null, facts: { soc: null, start_soc: 45, held: 0, hold: 10, fill_hours: 4.2 }, en: "PV unknown of unknown needed, charge unknown of 45 % needed, held 0 of 10 min, the pack would take 4.2 h to fill", ru: "солнце неизвестно, нужно неизвестно; заряд неизвестен, нужно 45 %; держится 0 из 10 мин, до полной батареи 4,2 ч" },
  { id: "G3", value: 70, limit: 50, facts: { dark: true, armed: true }, en: "dark, after daylight, charge 70 % of 50 % needed", ru: "темно, день был, заряд 70 %, нужно 50 %" },
  { id: "G3", value: 70, limit: 50, facts: { dark: false, armed: false }, en: "not dark, no daylight since the last time, charge 70 % of 50 % needed", ru: "светло, дня с прошлого раза не было, заряд 70 %, нужно 50 %" },
  { id: "P1", met: true, value: 0.31, limit: 0, en: "by the plan leaving the grid is 0.31 kWh better", ru: "по плану без сети выгоднее на 0,31 кВт·ч" },
  { id: "P2", met: true, value: -0.2, limit: 0, en: "by the plan the grid is 0.20 kWh better", ru: "по плану на сети выгоднее на 0,20 кВт·ч" },
  { id: "F", met: null, en: "no data", ru: "нет данных" },
  { id: "N", value: 3.33, facts: { pv: 700, battery: 120, counter: -3 }, en: "lowest cell 3.330 V, PV 700 W, battery 120 W, counter -3", ru: "нижняя ячейка 3,330 В, солнце 700 Вт, батарея 120 Вт, счётчик -3" },
  { id: "mode", met: true, value: 60, limit: 30, en: "the owner wants to leave the grid", ru: "хозяин хочет уйти с сети" },
  { id: "fresh_bms", met: true, value: 0.5, limit: 3, en: "BMS data is 30 s old, at most 3 min", ru: "данные BMS: 30 с назад, допустимо 3 мин" },
  { id: "fresh_inverter", met: false, value: null, limit: 3, en: "inverter data is missing", ru: "нет данных инвертора" },
  { id: "samples", met: false, value: 2, limit: 3, facts: { window: 10 }, en: "2 BMS samples in 10 min, at least 3", ru: "замеров BMS за 10 мин: 2, нужно 3" },
  { id: "cells", met: true, value: 16, limit: 16, en: "all 16 cells known", ru: "известны все ячейки: 16" },
  { id: "cells", met: false, value: 15, limit: 16, facts: { doubt: { key: "cell_7", code: "jump", raw: 2100 } }, en: "15 of 16 cells known: cell 7 (not believed: sent 2.100 V, changed faster than is possible)", ru: "известно ячеек: 15 из 16: ячейка 7 (не верим: прислано 2,100 В, изменилось быстрее возможного)" },
  { id: "cells", met: false, value: 16, limit: 32, facts: { silent: ["south"] }, en: "no data of south", ru: "нет данных: south" },
  { id: "current", met: true, value: -12.5, en: "−12.5 A", ru: "−12,5 А" },
  { id: "current", met: null, facts: { unknown: "battery_current" }, en: "battery current not known", ru: "ток батареи: нет данных" },
  { id: "charge", met: true, value: 71.2, facts: { soc_source: "counter" }, en: "charge 71.2 % by counter", ru: "заряд 71,2 %: по счётчику" },
  { id: "charge", met: true, value: 71.2, en: "charge 71.2 %", ru: "заряд 71,2 %" },
  { id: "sensors", met: true, en: "sensors agree", ru: "показания сходятся" },
  { id: "sensors", met: false, value: 2.1, facts: { volts: { bms: 53.1, inverter: 51 } }, en: "sensors disagree: cells add up to 53.10 V, the inverter reads 51.0 V", ru: "показания расходятся: сумма ячеек 53,10 В, у инвертора 51,0 В" },
  { id: "faults", met: null, value: null, limit: 0, facts: { untold: "bms" }, en: "the BMS's warnings are not known", ru: "предупреждения BMS неизвестны" },
  { id: "faults", met: null, value: null, limit: 0, facts: { untold: "inverter" }, en: "the inverter's errors are not known", ru: "ошибки инвертора неизвестны" },
  { id: "bms_switches", met: null, value: "on/unknown", limit: "on/on", facts: { charging_on: true, discharging_on: null }, en: "BMS charge switch on, discharge switch unknown", ru: "BMS: заряд включён, разряд неизвестен" },
  { id: "position", met: true, en: "grid switch on", ru: "вход сети включён" },
  { id: "position", met: null, facts: { unknown: "ongrid_switch" }, en: "on-grid switch not known", ru: "вход сети: нет данных" },
  { id: "grid", met: true, value: 231.4, limit: 180, en: "grid at 231 V, at least 180 V", ru: "сеть 231 В, нужно 180 В" },
  { id: "grid", met: null, limit: 180, facts: { unknown: "grid_voltage", doubt: DOUBT }, en: "grid voltage not known (not believed: sent 655.30 V, outside what is possible)", ru: "напряжение сети: нет данных (не верим: прислано 655,30 В, вне возможного)" },
  { id: "physical", met: true, value: "grid_tie", en: "relay and work state agree with the grid switch", ru: "реле и состояние согласны со входом сети" },
  { id: "physical", met: false, value: "off_grid", en: "relay or work state contradict the grid switch", ru: "реле или состояние противоречат входу сети" },
  { id: "temperature", met: null, facts: { unknown: "mosfet_temperature" }, en: "MOSFET temperature not known", ru: "MOSFET: нет данных" },
  { id: "temperature", met: false, value: 2, facts: { hot: { part: "battery", temperature: 2 } }, en: "battery at 2 °C", ru: "батарея: 2 °C" },
  { id: "load", met: true, value: 912.4, limit: 4000, en: "highest load 912 W, at most 4,000 W", ru: "наибольшая нагрузка 912 Вт, допустимо 4 000 Вт" },
  { id: "lock", met: true, value: 0, limit: 0, en: "not locked", ru: "запрета нет" },
  { id: "lock", met: false, value: 42, limit: 0, facts: { lock_cause: "S3" }, en: "locked for 42 min more: a cell is nearly empty", ru: "запрет ещё 42 мин: ячейка почти пуста" },
  { id: "lock", met: false, value: 42, limit: 0, facts: { lock_cause: "order" }, en: "locked for 42 min more: the order to leave the grid was not carried out", ru: "запрет ещё 42 мин: команда уйти с сети не выполнена" },
  { id: "lock", met: false, value: 42, limit: 0, facts: { lock_cause: null }, en: "locked for 42 min more: fault", ru: "запрет ещё 42 мин: неисправность" },
  { id: "lock", met: false, value: 42, limit: 0, facts: { lock_cause: "battery at 61 °C" }, en: "locked for 42 min more: battery at 61 °C", ru: "запрет ещё 42 мин: battery at 61 °C" },
  { id: "manual", met: true, value: 0, limit: 0, en: "nobody else moved the switch", ru: "никто другой сеть не переключал" },
  { id: "manual", met: false, value: 12, limit: 0, en: "somebody else moved the switch: hands off for 12 min more", ru: "сеть переключил кто-то другой: не вмешиваемся ещё 12 мин" },
  { id: "dwell", met: false, value: 12, limit: 20, en: "on the grid for 12 of at least 20 min", ru: "на сети 12 мин, нужно 20 мин" },
  { id: "budget", met: true, value: 2, limit: 5, en: "2 switch-overs in 24 h, fewer than 5 needed", ru: "2 переключения за 24 ч, нужно меньше 5" },
  { id: "clock", met: true, en: "clock steady", ru: "часы идут ровно" },
  { id: "clock", met: false, en: "the clock jumped a moment ago", ru: "часы только что перевели" },
];

describe("a rule in words", () => {
  for (const row of ROWS) {
    const { id, met = false, value = null, limit: threshold = null, facts = {} } = row;
    for (const language of LANGUAGES) {
      it(`${id}, ${language}: ${row[language]}`, () => {
        const rule: RuleResult = { id, kind: "guard", met, value, threshold, facts };
        assert.equal(plain(ruleText(rule, speech(language))), row[language]);
      });
    }
  }

  it("every rule is in the table", () => {
    const told = new Set(ROWS.map(({ id }) => id));
    assert.deepEqual(
      Object.keys(RULES).filter((id) => !told.has(id as RuleId)),
      [],
    );
  });
});

const station = new Station();
const decided = station.pass(40, { bms: { soc: 60 }, inverter: { pv_power: 400 } });

// biome-ignore format: a row a line
const REASONS: readonly (readonly [Partial<Decision> & { readonly because: Because }, en: string, ru: string])[] = [
  [{ because: { code: "stay" } }, "no reason to leave the grid", "уходить с сети незачем"],
  [{ because: { code: "stay" }, on_grid: false }, "no reason to go back to the grid", "возвращаться на сеть незачем"],
  [{ because: { code: "owner" } }, "the owner wants the grid", "хозяин хочет на сеть"],
  [{ because: { code: "hands_off" } }, "somebody else moved the switch, only emergencies act", "сеть переключил кто-то другой, действуют только аварийные правила"],
  [{ because: { code: "position" }, on_grid: null }, "the position of the grid switch is not known", "положение входа сети неизвестно"],
  [{ because: { code: "back", rule: "clock" }, on_grid: false }, "back to the grid: clock steady", "назад на сеть: часы идут ровно"],
  [{ because: { code: "back", rule: "clock" }, on_grid: null }, "to the grid: clock steady", "на сеть: часы идут ровно"],
  [{ because: { code: "leave", rule: "clock" } }, "leave the grid: clock steady", "уйти с сети: часы идут ровно"],
  [{ because: { code: "leave", rule: "clock" }, mode: "observe", wish: false }, "only observing; would act: leave the grid: clock steady", "только наблюдаем; сделали бы: уйти с сети: часы идут ровно"],
  [{ because: { code: "blocked", rule: "G1", guard: "clock" } }, "G1 would leave the grid, but clock steady", "G1 увело бы с сети, но часы идут ровно"],
  [{ because: { code: "parameters", problem: "reserve: 5 is outside 12..70 %" } }, "parameters are invalid: reserve: 5 is outside 12..70 %", "настройки правил вне допустимого: reserve: 5 is outside 12..70 %"],
  [{ because: { code: "gave_up", minutes: 60 } }, "the order to leave the grid was not carried out, giving up for 60 min", "команда уйти с сети не выполнена, больше не пробуем 60 мин"],
];

for (const [change, ...texts] of REASONS) {
  test(`a decision in one sentence: ${texts[0]}`, () => {
    const said = LANGUAGES.map((language) => reasonSaid({ ...decided, ...change }, language));
    assert.deepEqual(said, texts);
  });
}

const OPEN: OrderView = { value: false, since: 0, attempts: 2, state: "under_way", journal: null, reason: null };
// biome-ignore format: a row a line
const ORDERS: readonly (readonly [Partial<OrderView>, string])[] = [
  [{}, "команда уйти с сети выполняется (попытка 2)"],
  [{ value: true, journal: "done" }, "команда вернуться на сеть (попытка 2) выполнена"],
  [{ state: "unconfirmed" }, "команда уйти с сети (попытка 2) не подтверждена"],
  [{ state: "failed", journal: "expired", reason: "опроса не было" }, "команда уйти с сети (попытка 2) устарела до отправки: опроса не было"],
  [{ state: "gave_up", reason: "guard" }, "команда уйти с сети: отказались, сделано попыток: 2 (guard)"],
];
for (const [change, want] of ORDERS) {
  test(`an order in Russian: ${want}`, () => {
    assert.equal(plain(orderWords({ ...OPEN, ...change }, speech("ru"))), want);
  });
}

test("the other choice in Russian", () => {
  const text = (distance: Decision["distance"]) => plain(distanceText(distance, speech("ru")));
  assert.equal(
    text({
      ...{ to: "grid", soc_known: true, cell_above: 0.41, guards: [] },
      missing: [
        { rule: "reserve", code: "charge", value: 30 },
        { rule: "reserve", code: "minutes", value: 5 },
      ],
    }),
    "правилу резерва не хватает: заряда меньше на 30 % и ещё 5 мин; нижняя ячейка выше аварийного предела на 0,41 В",
  );
  assert.equal(
    text({
      ...{ to: "solar", soc_known: true, cell_above: null, guards: ["dwell"] },
      missing: [
        { rule: "sun", code: "power", value: 401.2 },
        { rule: "sun", code: "fill_hours", value: 3.21, limit: 3 },
        { rule: "full", code: "charge", value: 30 },
      ],
    }),
    "правилу солнца не хватает: ещё 402 Вт солнца и батарея полнее (при таком солнце до полной 3,2 ч, допустимо 3 ч); правилу полной батареи: заряда больше на 30 %; мешает: dwell",
  );
  assert.equal(text(null), "о другом решении сказать нечего");
});

test("a station that speaks Russian explains without an English word", () => {
  const lines = whySaid({ ...decided, repaired: ["since"], flags: ["outage", "no_plan"] }, true, "ru").split("\n");
  // Ids of rules, names of modes and rule sets as they are typed, and what every owner calls the BMS.
  const NAMES =
    /\b(auto|greedy|stay|BMS|since|[GSP]\d|[a-z]+_[a-z]+|cells|current|charge|sensors|faults|position|grid|physical|temperature|load|lock|manual|dwell|budget|clock|samples|T|Z)\b/g;
  for (const line of lines) {
    assert.doesNotMatch(line.replace(/^\d{4}\S+/, "").replace(NAMES, ""), /[A-Za-z]{2}/, line);
  }
  assert.ok(lines.includes("кроме того: сети нет; плана нет, решают правила greedy"));
});

test("a decision that an earlier edition stored is told in the words that it holds", () => {
  const { because: _because, ...rest } = decided;
  const rules = [{ id: "G2", kind: "trigger", met: false, value: 1, threshold: 2, text: "PV 1 W of 2 W needed" }];
  const older = { ...rest, reason: "no reason to leave the grid", rules } as unknown as Decision;
  const said = whySaid(older, true);
  assert.match(said, /\nwhy: \[stay\] no reason to leave the grid\n/);
  assert.match(said, /\n {2}G2 {13}no {2}PV 1 W of 2 W needed$/);
});
