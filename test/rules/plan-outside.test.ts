import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ForeignSun, parseForeignSun, usableSun } from "../../lib/rules/plan/foreign-sun.ts";
import { reserveByHour } from "../../lib/rules/plan/outage.ts";
import { machineOf, makePlan } from "../../lib/rules/plan/plan.ts";
import { parsePowerCuts } from "../../lib/rules/plan/power-cuts.ts";
import { preview } from "../../lib/rules/plan/preview.ts";
import { freshProfile } from "../../lib/rules/plan/profile.ts";
import type { Plan, PlanInput } from "../../lib/rules/plan/types.ts";
import { input as evening, JUNE, SITE, WATCHED } from "./plan-inputs.ts";

const KYIV = "Europe/Kyiv";
const utc = (text: string): number => Date.parse(text) / 1000;

const input = (changes: Partial<PlanInput> = {}): PlanInput => evening({ now: JUNE + 16 * 3600, soc: 80, ...changes });

describe("announced power cuts", () => {
  it("are lines of local time; what is none is named and costs only itself", () => {
    const text = [
      "# January",
      "2026-12-01 18:00-22:00",
      "2026-12-02 22:00 - 02:00  # over midnight",
      "",
      "2026-13-01 18:00-22:00",
      "tomorrow",
      "2026-12-03 00:00-24:00",
    ].join("\r\n");
    assert.deepEqual(parsePowerCuts(text, KYIV), {
      cuts: [
        [utc("2026-12-01T16:00Z"), utc("2026-12-01T20:00Z")],
        [utc("2026-12-02T20:00Z"), utc("2026-12-03T00:00Z")],
        [utc("2026-12-02T22:00Z"), utc("2026-12-03T22:00Z")],
      ],
      bad: [
        { line: 5, text: "2026-13-01 18:00-22:00" },
        { line: 6, text: "tomorrow" },
      ],
    });
  });

  it("are the events of a calendar, in UTC or in local time", () => {
    const text = [
      ...["BEGIN:VCALENDAR", "BEGIN:VEVENT", "DTSTART;TZID=Europe/Kyiv:20261201T180000", "DTEND:20261201T200000Z"],
      ...["END:VEVENT", "BEGIN:VEVENT", "DTSTART:20261202T100000", "SUMMARY:no end", "END:VEVENT", "END:VCALENDAR"],
    ].join("\n");
    const { cuts, bad } = parsePowerCuts(text, KYIV);
    assert.deepEqual(cuts, [[utc("2026-12-01T16:00Z"), utc("2026-12-01T20:00Z")]]);
    assert.deepEqual(bad, [{ line: 6, text: "VEVENT" }]);
  });

  it("of a calendar that repeat are named, whole days count, and what is no moment ends nothing", () => {
    const event = (...lines: readonly string[]) => ["BEGIN:VEVENT", ...lines, "END:VEVENT"];
    const { cuts, bad } = parsePowerCuts(
      [
        "BEGIN:VCALENDAR",
        ...event("DTSTART:20261201T100000Z", "DTEND:20261201T120000Z", "RRULE:FREQ=DAILY"),
        ...event("DTSTART;VALUE=DATE:20261203", "DTEND;VALUE=DATE:20261204"),
        ...event("DTSTART:soon", "DTEND:20261205T120000Z"),
        ...event("DTSTART:20261301T100000Z", "DTEND:20261301T120000Z"),
        "END:VCALENDAR",
      ].join("\n"),
      KYIV,
    );
    assert.deepEqual(cuts, [
      [utc("2026-12-01T10:00Z"), utc("2026-12-01T12:00Z")],
      [utc("2026-12-02T22:00Z"), utc("2026-12-03T22:00Z")],
    ]);
    assert.deepEqual(bad, [
      { line: 5, text: "RRULE:FREQ=DAILY" },
      { line: 11, text: "VEVENT" },
      { line: 15, text: "VEVENT" },
    ]);
  });

  it("longer than a week, of no day, or turned to nothing are mistakes of the pen", () => {
    const lines = [
      "2026-12-01 18:00-18:00",
      "2026-12-01 25:00-26:00",
      "2026-12-01 10:61-12:00",
      "2026-02-30 10:00-12:00",
    ];
    assert.deepEqual(
      parsePowerCuts(lines.join("\n"), KYIV).bad.map(({ line }) => line),
      [2, 3, 4],
    );
  });

  it("find the battery fuller, and the house served by it", () => {
    const now = JUNE + 18 * 3600;
    const cut = [JUNE + 22 * 3600, JUNE + 26 * 3600] as const;
    const charge = (plan: ReturnType<typeof makePlan>, at: number) =>
      plan.course.find((step) => step.at >= at)?.soc ?? 0;
    const [plain, warned] = [[], [cut]].map((cuts) => makePlan(input({ now, profile: WATCHED, cuts }))) as [Plan, Plan];
    assert.ok(charge(warned, cut[0]) > charge(plain, cut[0]) + 15, `${charge(warned, cut[0])}`);
    assert.ok(charge(warned, cut[1]) >= 10, `${charge(warned, cut[1])}`);
    for (const step of warned.course) if (step.at > cut[0] && step.at <= cut[1]) assert.equal(step.bought, 0);
  });

  it("are outlasted for three hours of an evening by a station that has seen none yet, where the grid does not charge", () => {
    const settings = { ...input().settings, charger_source_rule: true };
    const { course } = makePlan(input({ now: JUNE + 19 * 3600, soc: 90, settings }));
    const night = course.filter(({ at }) => at <= JUNE + 30 * 3600);
    const lowest = Math.min(...night.map(({ soc }) => soc));
    assert.ok(lowest > 55 && night.some(({ on_grid }) => !on_grid), `${lowest}`);
  });

  it("that nobody announced raise the reserve with the risk that is chosen, and never lower it", () => {
    const profile = {
      ...freshProfile(SITE),
      grid_hours: new Array<number>(24).fill(30),
      outage_hours: new Array<number>(24).fill(0.5),
      cuts: { value: 7200, support: 6 },
    };
    const machine = machineOf({ profile, settings: input().settings });
    const reserve = (dark_hours: number) => reserveByHour(profile, machine, 30, dark_hours)[0] as number;
    assert.equal(reserve(1000), 30);
    assert.ok(reserve(10) > 30 && reserve(1) > reserve(10) && reserve(0) <= 90, `${[1000, 10, 1, 0].map(reserve)}`);
  });

  it("raise it for the hours at which they come, and before them only as far as the grid charges", () => {
    const outage_hours = Array.from({ length: 24 }, (_, hour) => (hour >= 18 && hour < 21 ? 4 : 0));
    const grid_hours = new Array<number>(24).fill(30);
    const profile = { ...freshProfile(SITE), grid_hours, outage_hours, cuts: { value: 10_800, support: 4 } };
    const levels = reserveByHour(profile, machineOf({ profile, settings: input().settings }), 30, 8);
    const at = (hour: number): number => levels[hour] as number;
    assert.ok(at(18) > 40 && at(22) <= at(20) - 5, `${levels}`);
    for (let hour = 1; hour < 24; hour += 1) assert.ok(at(hour) - at(hour - 1) <= 2, `${levels}`);
    const settings = { ...input().settings, charger_source_rule: true };
    const flat = reserveByHour(profile, machineOf({ profile, settings }), 30, 8);
    assert.equal(new Set(flat).size, 1, `${flat}`);
  });
});

describe("a forecast from outside", () => {
  const profile = { ...freshProfile(SITE), days: 20 };
  const own = (watt: (hour: number) => number): ForeignSun | null =>
    parseForeignSun(
      JSON.stringify({
        hours: Array.from({ length: 48 }, (_, hour) => ({ at: JUNE + hour * 3600, kwh: watt(hour % 24) / 1000 })),
      }),
    );
  const bell = (most: number) => (hour: number) => Math.max(0, most * Math.sin(((hour - 5) / 14) * Math.PI));

  it("is read in our form, Open-Meteo's and Solcast's", () => {
    assert.deepEqual(own(bell(500))?.hours[12], [JUNE + 12 * 3600, 500]);
    const meteo = { utc_offset_seconds: 7200, hourly: { time: ["2025-06-21T13:00"], shortwave_radiation: [640] } };
    assert.deepEqual(parseForeignSun(JSON.stringify(meteo)), { unit: "W/m²", hours: [[JUNE + 10 * 3600, 640]] });
    const solcast = {
      forecasts: [
        { period_end: "2025-06-21T10:30:00.0000000Z", period: "PT30M", pv_estimate: 0.4 },
        { period_end: "2025-06-21T11:00:00.0000000Z", period: "PT30M", pv_estimate: 0.6 },
      ],
    };
    assert.deepEqual(parseForeignSun(JSON.stringify(solcast)), { unit: "W", hours: [[JUNE + 10 * 3600, 500]] });
    for (const text of ["", "[]", "{}", "nonsense", '{"hours":3}']) assert.equal(parseForeignSun(text), null, text);
  });

  it("says nothing of an hour that it does not know, and an entry that is none costs only itself", () => {
    const at = (hour: number) => JUNE + hour * 3600;
    const rows = [
      { at: at(9), kwh: 0.3 },
      null,
      7,
      { at: at(10), kwh: null },
      { at: at(11) },
      { at: at(12), kwh: "0.5" },
    ];
    const hours = [...rows, { at: "nonsense", kwh: 1 }, { at: at(13), kwh: -1 }];
    assert.deepEqual(parseForeignSun(JSON.stringify({ hours }))?.hours, [
      [at(9), 300],
      [at(12), 500],
    ]);
    const light = {
      hours: [
        { at: at(9), irradiance: 640 },
        { at: at(10), irradiance: null },
      ],
    };
    assert.deepEqual(parseForeignSun(JSON.stringify(light)), { unit: "W/m²", hours: [[at(9), 640]] });
    assert.deepEqual(parseForeignSun('{"forecasts":[null,3]}')?.hours, []);
  });

  it("of Solcast's form is light on the panels, or on the level, where no power is told; without a length half an hour", () => {
    const sun = (row: object) => parseForeignSun(JSON.stringify({ forecasts: [row] }));
    const end = "2025-06-21T11:00:00Z";
    const hour = JUNE + 10 * 3600;
    assert.deepEqual(sun({ period_end: end, period: "PT60M", gti: 500, ghi: 400 }), {
      unit: "W/m²",
      hours: [[hour, 500]],
    });
    assert.deepEqual(
      sun({ period_end: end, ghi: 400 })?.hours,
      [[hour, 400]],
      "the hour that half an hour before its end lies in",
    );
    assert.deepEqual(sun({ period_end: end, period: "PT1H", ghi: 400 })?.hours, [[hour, 400]]);
    assert.deepEqual(sun({ period_end: end, period: "PT60M", gti: null, ghi: null })?.hours, []);
  });

  it("of Open-Meteo's form without times or without light is none, and one that is not JSON neither", () => {
    for (const hourly of [{ time: ["2025-06-21T13:00"] }, { shortwave_radiation: [640] }, { time: "noon" }]) {
      assert.equal(parseForeignSun(JSON.stringify({ hourly })), null);
    }
    assert.equal(parseForeignSun("<html>"), null);
  });

  it("of light is power by the size of the panels that was learned", () => {
    const light = {
      hours: Array.from({ length: 24 }, (_, hour) => ({ at: JUNE + hour * 3600, irradiance: bell(505)(hour) })),
    };
    const panels = { ...profile, array_w: { value: 2000, support: 9 } };
    const usable = usableSun(parseForeignSun(JSON.stringify(light)), JUNE, JUNE, panels, SITE);
    const noon = "sun" in usable ? usable.sun.find(([at]) => at === JUNE + 12 * 3600)?.[1] : null;
    assert.equal(noon, 1000);
  });

  it("is left aside when it is old, of another plant, or about other days", () => {
    const made = JUNE;
    const judge = (sun: ForeignSun | null, now: number) => usableSun(sun, made, now, profile, SITE);
    assert.deepEqual(judge(null, JUNE), { code: "unreadable" });
    assert.deepEqual(judge(own(bell(800)), JUNE + 31 * 3600), { code: "old", value: 31 });
    assert.deepEqual(judge(own(bell(800)), JUNE - 5 * 86_400), { code: "no_hours" });
    assert.equal((judge(own(bell(4000)), JUNE) as { code: string }).code, "absurd");
    assert.ok("sun" in judge(own(bell(800)), JUNE));
  });

  it("changes the course: a dark day promised is a dark day planned", () => {
    const sun = (most: number) => {
      const usable = usableSun(own(bell(most)), JUNE, JUNE + 3600, profile, SITE);
      return makePlan(input({ now: JUNE + 3600, profile, sun: "sun" in usable ? usable.sun : [] }));
    };
    const energy = (plan: ReturnType<typeof makePlan>) => plan.course.reduce((sum, { pv }) => sum + pv / 6000, 0);
    assert.ok(energy(sun(150)) < energy(makePlan(input({ now: JUNE + 3600, profile }))) - 2);
    assert.ok(energy(sun(1100)) > energy(sun(150)) + 8);
  });
});

describe("an order by hand, before it is given", () => {
  it("to the grid keeps the battery and buys more; a lease of it less", () => {
    const now = JUNE + 18 * 3600;
    const shown = (hours: number) =>
      preview(input({ now }), { kind: "switch", on_grid: true, until: now + hours * 3600 });
    const { without, with: held } = shown(24);
    assert.ok(held.bought > without.bought + 1, JSON.stringify(held));
    assert.ok(shown(2).with.bought < held.bought);
    const left = preview(input({ now, on_grid: true }), { kind: "switch", on_grid: false, until: now + 86_400 });
    assert.ok(left.with.reserve_at !== null && left.with.switches >= 2);
  });

  it("about charging from the grid changes what is bought at night", () => {
    const low = input({ now: JUNE + 22 * 3600, soc: 31, on_grid: true });
    const { without, with: solar } = preview(low, { kind: "grid_charging", allowed: false });
    assert.ok(solar.bought < without.bought - 0.3, `${solar.bought} ${without.bought}`);
    assert.ok(preview(low, { kind: "grid_current", ampere: 20 }).with.bought > without.bought);
  });
});
