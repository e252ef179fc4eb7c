import assert from "node:assert/strict";
import { test } from "node:test";
import { localTime } from "../../lib/base/local-time.ts";

const ZONES = [
  ...["Europe/Berlin", "Europe/Moscow", "UTC", "Etc/GMT+5", "America/New_York", "America/St_Johns", "Asia/Kathmandu"],
  ...["Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia", "Africa/Casablanca", "America/Sao_Paulo"],
];

/** The slow way. */
function byIntl(zone: string) {
  const format = new Intl.DateTimeFormat("en-CA", {
    ...{ timeZone: zone, calendar: "gregory", numberingSystem: "latn", hourCycle: "h23", weekday: "short" },
    ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" },
  });
  return (at: number) => {
    const parts = Object.fromEntries(format.formatToParts(at * 1000).map(({ type, value }) => [type, value]));
    const weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"].indexOf(String(parts.weekday).slice(0, 3));
    const { year, month, day, hour, minute } = parts;
    return { day: `${year}-${month}-${day}`, time: `${hour}:${minute}`, hour: Number(hour), weekday };
  };
}

test("local time is Intl's in every zone, through the years and on both sides of each change of the clocks", () => {
  for (const zone of ZONES) {
    const slow = byIntl(zone);
    const moments: number[] = [];
    const span = { from: Date.UTC(2012, 0, 1) / 1000, to: Date.UTC(2031, 0, 1) / 1000 };
    const offset = (at: number) => Date.parse(`${slow(at).day}T${slow(at).time}Z`) / 1000 - at;
    for (let at = span.from; at < span.to; at += 17 * 86400 + 5431) {
      moments.push(at);
      let [low, high] = [Math.floor(at / 60) * 60, Math.floor(at / 60) * 60 + 18 * 86400];
      if (offset(low) === offset(high)) continue;
      while (high - low > 60) {
        const middle = Math.floor((low + high) / 120) * 60;
        if (offset(middle) === offset(low)) low = middle;
        else high = middle;
      }
      moments.push(high - 1, high, high - 900, high + 899, high - 3600, high + 3600);
    }
    for (const at of moments)
      assert.deepEqual(localTime(at, zone), slow(at), `${zone} ${new Date(at * 1000).toISOString()}`);
  }
});

test("the zone of the process stays what it was", () => {
  const before = process.env.TZ;
  const hours = new Date(0).getHours();
  localTime(0, "Pacific/Chatham");
  assert.equal(process.env.TZ, before);
  assert.equal(new Date(0).getHours(), hours);
});

test("a zone that the process was given stays its own", (t) => {
  const { TZ } = process.env;
  t.after(() => {
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
  });
  process.env.TZ = "Asia/Kathmandu";
  // A year that no other test has looked up.
  assert.equal(localTime(Date.UTC(2033, 0, 1) / 1000, "America/St_Johns").time, "20:30");
  assert.equal(process.env.TZ, "Asia/Kathmandu");
  assert.equal(new Date(0).getTimezoneOffset(), -330);
});

test("an unknown zone is refused", () => {
  assert.throws(() => localTime(0, "Europe/Atlantis"), RangeError);
});
