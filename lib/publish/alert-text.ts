/** Alerts as sentences of one language: the rules give codes with values, the catalogue the words. */
import { decimals } from "../codec/values.ts";
import { ALERTS, type AlertId, type WatchedId, watchOf } from "../rules/alerts/definitions.ts";
import type { AlertEvent, Values } from "../rules/alerts/types.ts";
import { watchedRow } from "../rules/alerts/watched.ts";
import type { AlertName, AlertValues, AlertWords } from "../words/alert-values.ts";
import type { Speech } from "../words/index.ts";

/** What of an event its text is made of. */
export type ToldEvent = Pick<AlertEvent, "id" | "kind" | "values" | "course">;

/** How a station says things: its language, and whether a pack needs its name. */
export interface Voice {
  readonly speech: Speech;
  /** Packs of the station: the only one is just "the battery". */
  readonly packs: number;
}

/** The short name of an alert; its id when this program does not know it. */
export function alertTitle(id: string, speech: Speech): string {
  return Object.hasOwn(ALERTS, id) ? wordsOf(id as AlertId, speech).title : id;
}

/** What a raised alert says now. */
export function alertSentence(id: AlertId, values: Values, voice: Voice): string {
  return wordsOf(id, voice.speech).raised(facts(values, voice));
}

/** The whole text of an event. */
export function alertText(event: ToldEvent, voice: Voice): string {
  const { id, kind, values, course } = event;
  if (id === "summary") return heldText(values, voice);
  const { alert_frame: frame } = voice.speech;
  const words = wordsOf(id, voice.speech);
  const sentences = [(kind === "cleared" ? words.cleared : words.raised)(facts(values, voice))];
  const { lasted_s, in_all, returns, untold } = course;
  if (kind === "cleared" && lasted_s !== null) sentences.push(frame.lasted(lasted_s, in_all));
  if (kind === "reminded" && lasted_s !== null) sentences.push(frame.still(lasted_s));
  if (returns > 0) sentences.push(frame.interrupted(returns));
  if (untold > 0) sentences.push(frame.untold(untold));
  return sentences.filter((sentence) => sentence !== "").join(" ");
}

/** An alert that only watches a value needs no words of its own: the value has a name and a unit. */
function wordsOf(id: AlertId, speech: Speech): AlertWords<never> {
  const { alerts } = speech;
  const watch = watchOf(id);
  if (watch === null || Object.hasOwn(alerts, id)) return alerts[id as Exclude<AlertId, WatchedId>];
  const row = watchedRow(watch);
  return speech.watched({
    key: watch.value,
    beyond: watch.beyond,
    unit: ("unit" in row && row.unit) || null,
    digits: decimals(row),
  });
}

/** Names whose values are lists; a memory of an earlier version may hold something else. */
const LISTS: readonly string[] = ["excluded", "parameters", "keys", "found", "expected"];

/** The values as the catalogue expects them: what an earlier version did not store is not known. */
function facts(values: Values, { packs }: Voice): AlertValues[AlertName] & never {
  const shaped = new Proxy(values, {
    get: (target, name) => {
      const value = typeof name === "string" && Object.hasOwn(target, name) ? target[name] : null;
      if (LISTS.includes(String(name))) return Array.isArray(value) ? value : [];
      return name === "device" && packs < 2 ? null : value;
    },
  });
  return shaped as AlertValues[AlertName] & never;
}

/** What the hourly limit held back: each kind of alert once, with how often. */
function heldText(values: Values, { speech, packs }: Voice): string {
  const { total, seconds, keys, counts, active, more } = values;
  const at = (list: Values[string] | undefined, index: number): number =>
    Array.isArray(list) ? Number(list[index] ?? 0) : 0;
  const kinds = new Map<string, { title: string; pack: string; count: number; active: boolean }>();
  for (const [index, key] of (Array.isArray(keys) ? keys : []).entries()) {
    const [id = "", subject = ""] = String(key).split(":");
    const pack = packs > 1 && isOfPack(id) ? (subject.split("/")[0] ?? "") : "";
    const title = alertTitle(id, speech);
    const before = kinds.get(`${title}:${pack}`) ?? { title, pack, count: 0, active: false };
    const now = { count: before.count + at(counts, index), active: before.active || at(active, index) === 1 };
    kinds.set(`${title}:${pack}`, { ...before, ...now });
  }
  const names = [...kinds.values()].map((kind) =>
    speech.messages.held_name(kind.title, kind.pack, kind.count, kind.active),
  );
  return speech.messages.held(Number(total), Number(seconds ?? 0), names, Number(more ?? 0));
}

function isOfPack(id: string): boolean {
  return Object.hasOwn(ALERTS, id) && ALERTS[id as AlertId].source === "bms";
}
