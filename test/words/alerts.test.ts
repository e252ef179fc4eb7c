import assert from "node:assert/strict";
import { test } from "node:test";
import { alertSentence, alertText, alertTitle } from "../../lib/publish/alert-text.ts";
import { ALERT_IDS, ALERTS, type AlertId } from "../../lib/rules/alerts/definitions.ts";
import { NO_COURSE, type Values } from "../../lib/rules/alerts/types.ts";
import { LANGUAGE_CODES, speech } from "../../lib/words/index.ts";
import { alertExample, NAMES } from "../../tools/reference/alert-examples.ts";
import { assertForPeople, pseudoSpeech, unmarked } from "./support.ts";

const valuesOf = alertExample;
/** The same with each value missing, and with all of them. */
function variants(id: AlertId): Values[] {
  const values = valuesOf(id);
  const missing = (gone: readonly string[]): Values =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, gone.includes(key) ? null : value]));
  return [values, {}, missing(Object.keys(values)), ...Object.keys(values).map((key) => missing([key]))];
}

for (const language of LANGUAGE_CODES) {
  test(`every alert is fit for a person in "${language}", with full and with missing values`, () => {
    for (const packs of [1, 2]) {
      const voice = { speech: speech(language), packs };
      for (const id of ALERT_IDS) {
        assertForPeople(alertTitle(id, voice.speech), language, `title of ${id}`);
        for (const values of variants(id)) {
          for (const kind of ["raised", "reminded", "cleared"] as const) {
            const isOnce = (ALERTS[id].severity === "info" && id !== "never_full") || id === "order_stopped";
            if (isOnce && kind !== "raised") continue;
            const course = { lasted_s: 4000, in_all: true, returns: 3, untold: 1 };
            const text = alertText({ id, kind, values, course: kind === "raised" ? NO_COURSE : course }, voice);
            assertForPeople(text, language, `${kind} ${id}`, NAMES);
            if (packs === 1) assert.doesNotMatch(text, /north/, `${id} names the only pack: ${text}`);
          }
        }
      }
    }
  });

  test(`every reason to stay on the grid and every cause of a switch-over is a clause in "${language}"`, () => {
    const { guards, causes } = speech(language);
    for (const [code, make] of Object.entries(guards)) {
      for (const [seen, limit] of [
        [4, 2],
        [null, null],
        [4, null],
        [null, 2],
        ["off/on", "on/on"],
      ] as const) {
        assertForPeople(make(seen, limit), language, code);
      }
    }
    for (const [code, text] of Object.entries(causes)) assertForPeople(text, language, code);
  });
}

test("a pack is named where there are several", () => {
  const voice = { speech: speech("en"), packs: 2 };
  assert.match(alertSentence("soc_low", valuesOf("soc_low"), voice), /^Battery north is low: 14\s%/);
  assert.match(alertSentence("soc_low", valuesOf("soc_low"), { ...voice, packs: 1 }), /^Battery is low: 14\s%/);
});

test("in a third language every alert comes from its catalogue, frame and title included", () => {
  const voice = { speech: pseudoSpeech(), packs: 2 };
  for (const id of ALERT_IDS) {
    assert.equal(unmarked(alertTitle(id, voice.speech)), "", id);
    for (const values of variants(id)) {
      const course = { lasted_s: 4000, in_all: false, returns: 3, untold: 1 };
      for (const kind of ["raised", "cleared"] as const) {
        assert.equal(unmarked(alertText({ id, kind, values, course }, voice)).trim(), "", `${kind} ${id}`);
      }
    }
  }
});

test("values that an earlier version stored under other names leave whole sentences", () => {
  const voice = { speech: speech("ru"), packs: 1 };
  const old: Values = {
    excluded: "cell 7 (sent as 0)",
    guard: "in the way: samples",
    run_time: "about 3 h",
    age: "9 min",
  };
  for (const id of ALERT_IDS) assertForPeople(alertSentence(id, old, voice), "ru", id);
});
