/** What the doctor found in words of one language: here alone facts become sentences. */
import { harmless } from "../../base/printable.ts";
import { onScreen } from "../../cli/terminal.ts";
import { doubtText } from "../../page/doubts.ts";
import { alertTitle } from "../../publish/alert-text.ts";
import { type Check, checkName, type IllCheck, type WellCheck } from "../../support/check.ts";
import { paint } from "../../terminal/paint.ts";
import type { Advised, CheckTopic, DoctorSpeaker, IllCode, WellCode } from "../../words/doctor-values.ts";
import type { Speech } from "../../words/index.ts";

/** A finding as it is read: `name` is for programs, `title` for people. */
export interface ToldCheck {
  readonly name: string;
  readonly title: string;
  readonly level: Check["level"];
  readonly code: Check["code"];
  readonly text: string;
  readonly hint: string | null;
}

/** A check in words. */
export function tellCheck(check: Check, speech: Speech): ToldCheck {
  const { topic, level, code } = check;
  const [text, hint] = isIll(check) ? illWords(check, speech) : [wellWords(check, speech), null];
  return { name: checkName(topic), title: titleOf(topic, speech), level, code, text, hint };
}

function isIll(check: Check): check is IllCheck {
  return check.level === "warn" || check.level === "fail";
}

function wellWords<C extends WellCode>({ code, values }: WellCheck<C>, { doctor }: Speech): string {
  return doctor.well[code](values);
}

function illWords<C extends IllCode>({ code, values }: IllCheck<C>, speech: Speech): Advised {
  const speaker: DoctorSpeaker = {
    doubt: (one) => doubtText(one, speech),
    alert: (id) => alertTitle(id, speech),
  };
  return speech.doctor.ill[code](values, speaker);
}

function titleOf(topic: CheckTopic, { doctor }: Speech): string {
  if (typeof topic === "string") return doctor.plain[topic];
  if ("job" in topic) return doctor.job(topic.job);
  // A key of the configuration is the same in every language.
  if ("secret" in topic) return topic.secret;
  return doctor.of_device[topic.topic](topic.device);
}

/** A line for each check, and below it what to do. */
export function doctorText(checks: readonly ToldCheck[], { doctor }: Speech, terminal: boolean): string {
  const p = paint(terminal);
  const colours = { ok: p.good, warn: p.warn, fail: p.bad, skip: p.dim };
  const mark = Math.max(...Object.values(doctor.marks).map(({ length }) => length));
  const width = Math.max(...checks.map(({ title }) => title.length));
  const margin = mark + 2 + width + 2;
  return checks
    .flatMap(({ title, level, text, hint }) => {
      const marked = colours[level](doctor.marks[level].padEnd(mark));
      const line = onScreen([`${marked}  ${title.padEnd(width)}  ${harmless(text)}`], margin);
      return hint === null ? [line] : [line, onScreen([`${" ".repeat(margin)}→ ${harmless(hint)}`], margin + 2)];
    })
    .join("\n");
}
