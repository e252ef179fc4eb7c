import type { MessageRefusal } from "../../words/message-values.ts";
import { STATION_DEVICE, type Topics } from "./component.ts";

/** Largest payload that is looked at, bytes. */
export const LARGEST_PAYLOAD = 256;

export interface CommandMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
}

/** A command whose form is good; whether its value may be written the order table says. */
export interface HomeCommand {
  readonly device: string;
  readonly key: string;
  /** As in a command file: `off`, `5.0`, `sbu`; buttons: `press`. */
  readonly value: string;
  /** UTC seconds at which it was given, with milliseconds, when the message says so. */
  readonly given_at: number | null;
}

/** Why a message is not taken. Device and key only when the topic names a device of ours and a possible key: nothing else of a stranger's is repeated. */
export interface RefusedMessage {
  readonly refused: MessageRefusal;
  readonly device: string | null;
  readonly key: string | null;
}

export interface CommandRules {
  readonly topics: Topics;
  /** Keys of the controls of each device. */
  readonly controls: ReadonlyMap<string, ReadonlySet<string>>;
  readonly now: number;
  /** s; older commands are refused. */
  readonly max_age_s: number;
  /** Commands without a time are refused now: one may be old. */
  readonly undated_refused: boolean;
}

/** Clocks of Home Assistant and station may differ by this much, s. */
const CLOCK_TOLERANCE_S = 60;

/** Reads one message on a command topic: plain text (`ON`) or `{"value": "ON", "ts": 1700000000}`. Null: an empty payload. */
export function readCommand(message: CommandMessage, rules: CommandRules): HomeCommand | RefusedMessage | null {
  if (message.payload.length === 0) return null;
  const target = readTopic(message.topic, rules);
  if (target === null) return { refused: { code: "no_control" }, device: null, key: null };
  const refuse = (refused: MessageRefusal): RefusedMessage => ({ refused, ...target });
  const offered = rules.controls.get(target.device);
  if (!offered?.has(target.key)) return refuse(notOffered(target.device, offered));
  if (message.retain) return refuse({ code: "retained" });
  if (message.payload.length > LARGEST_PAYLOAD) {
    return refuse({ code: "too_long", bytes: message.payload.length, most: LARGEST_PAYLOAD });
  }
  const read = readPayload(message.payload);
  if ("code" in read) return refuse(read);
  if (read.given_at === null && rules.undated_refused) return refuse({ code: "undated" });
  const age = read.given_at === null ? 0 : rules.now - Math.floor(read.given_at);
  if (age > rules.max_age_s) return refuse({ code: "too_old", age, most: rules.max_age_s });
  if (age < -CLOCK_TOLERANCE_S) return refuse({ code: "in_future", ahead: -age });
  return { ...target, ...read };
}

function readTopic(topic: string, rules: CommandRules): { device: string; key: string } | null {
  const head = `${rules.topics.base}/`;
  if (topic.length > 400 || !topic.startsWith(head)) return null;
  const [device = "", key = "", last, ...more] = topic.slice(head.length).split("/");
  if (last !== "set" || more.length > 0 || !rules.controls.has(device) || !KEY.test(key)) return null;
  return { device, key };
}

const KEY = /^[a-z0-9_]{1,64}$/;
/** Controls that a refusal names, at most. */
const MOST_NAMED = 12;

function notOffered(device: string, offered: ReadonlySet<string> | undefined): MessageRefusal {
  const keys = [...(offered ?? [])].sort();
  if (keys.length === 0) return { code: "no_controls", device };
  return { code: "not_offered", device, keys: keys.slice(0, MOST_NAMED), more: keys.length > MOST_NAMED };
}

const VALUE = /^[A-Za-z0-9_.+-]{1,64}$/;

function readPayload(payload: Uint8Array): { value: string; given_at: number | null } | MessageRefusal {
  const text = Buffer.from(payload).toString("latin1");
  if (/[^\x20-\x7e\t\r\n]/.test(text)) return { code: "no_ascii" };
  const trimmed = text.trim();
  if (!trimmed.startsWith("{")) return checked(trimmed, null);
  let parsed: unknown;
  try {
    parsed = JSON.parse(trimmed);
  } catch {
    return { code: "no_json" };
  }
  const object = parsed as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(object).filter((key) => key !== "value" && key !== "ts");
  if (unknown.length > 0 || !Object.hasOwn(object, "value")) return { code: "bad_form" };
  const { value, ts } = { value: object.value, ts: Object.hasOwn(object, "ts") ? object.ts : null };
  if (ts !== null && !(typeof ts === "number" && Number.isFinite(ts) && ts >= 0)) return { code: "bad_time" };
  if (!["string", "number", "boolean"].includes(typeof value)) return { code: "bad_value" };
  return checked(String(value), ts as number | null);
}

function checked(value: string, given_at: number | null): { value: string; given_at: number | null } | MessageRefusal {
  return VALUE.test(value) ? { value: value.toLowerCase(), given_at } : { code: "no_value" };
}

/** True for what the station itself carries out (mode and buttons), not a device. */
export function isStationCommand(command: Pick<HomeCommand, "device">): boolean {
  return command.device === STATION_DEVICE;
}
