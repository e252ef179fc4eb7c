import { createHash, randomUUID } from "node:crypto";
import { knownTime } from "../base/clock.ts";
import { faultPoint } from "../base/fault-point.ts";
import type { Context } from "../cli/spec.ts";
import { POLLS } from "../devices/index.ts";
import { orderTable } from "../orders/device-tables.ts";
import { noteOrder, requestedOrder } from "../orders/intake.ts";
import { orderReason } from "../orders/order-reason.ts";
import { type HomeCommand, isStationCommand, readCommand } from "../publish/homeassistant/command.ts";
import type { ReceivedMessage } from "../publish/mqtt-session.ts";
import { speechOfStation } from "../station/voice.ts";
import type { Store } from "../store/database.ts";
import {
  addToCursor,
  ask,
  insertMqttCommand,
  latestMqttCommandFor,
  type MqttCommandRow,
  mqttCommandBySourceId,
  type RequestKind,
} from "../store/publish.ts";
import { type MessageRefusal, messageRefusal } from "../words/message-values.ts";
import { topicsOf } from "./broker.ts";
import { REFUSED_COUNTER } from "./station-view.ts";

/** What became of a message at once, to be told on its result topic. */
export interface Outcome {
  readonly device: string;
  readonly key: string;
  readonly value: string;
  readonly result: "queued" | "asked" | "duplicate" | "refused";
  readonly reason: string | null;
}

export interface Controls {
  /** Keys of the controls of each device. */
  readonly keys: ReadonlyMap<string, ReadonlySet<string>>;
  readonly modes: readonly string[];
  /** Commands without a time are refused now: the broker has lost what it had sent. */
  readonly undated_refused: boolean;
}

/** Messages looked at in one run; what comes on top is only counted. */
const MOST_MESSAGES = 500;
/** Refusals that are told and remembered one by one. */
const MOST_TOLD = 20;

/**
 * Takes the messages of a run. Everything happens inside `handle`, before the broker gets its acknowledgement: a command is
 * either on the disk or will be delivered again. Never throws for a message; a state file or disk that fails ends the run.
 */
export class CommandIntake {
  #outcomes: Outcome[] = [];
  #seen = 0;
  #accepted = 0;
  #refused = 0;
  #duplicates = 0;
  #failure: unknown = null;
  /** Number of the newest command that was taken. */
  newest = 0;
  /** The jobs that carry out what was taken. */
  readonly jobs = new Set<string>();

  constructor(
    private readonly context: Context,
    private readonly store: Store,
    private readonly controls: () => Controls,
    private readonly onOutcome: () => void = () => {},
  ) {}

  /** Takes one message. @throws what disk and state file throw, so that it stays unacknowledged */
  handle(message: ReceivedMessage): void {
    if (this.#failure !== null) throw this.#failure;
    this.#seen++;
    if (this.#seen > MOST_MESSAGES) {
      if (this.#seen === MOST_MESSAGES + 1) {
        this.context.log.warn("too many messages; the rest of this run is only counted", { limit: MOST_MESSAGES });
      }
      this.#refused++;
      return;
    }
    try {
      this.#take(message);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** What is to be told since the last call. */
  takeOutcomes(): Outcome[] {
    const outcomes = this.#outcomes;
    this.#outcomes = [];
    return outcomes;
  }

  /** Writes down, with the run's other small writes, how many messages were refused. */
  bookRefusals(): void {
    const refused = this.#refused;
    if (refused > 0) this.store.later(() => addToCursor(this.store, REFUSED_COUNTER, refused));
  }

  get counts() {
    return { accepted: this.#accepted, refused: this.#refused, duplicates: this.#duplicates };
  }

  #take(message: ReceivedMessage): void {
    const { config, clock } = this.context;
    const { keys, undated_refused } = this.controls();
    const rules = {
      topics: topicsOf(config),
      controls: keys,
      undated_refused,
      now: clock.now(),
      max_age_s: config.mqtt.command_max_age_s,
    };
    const read = readCommand(message, rules);
    if (read === null) return;
    if ("refused" in read) {
      this.#refuse(read.device, read.key, "", this.#said(read.refused));
      return;
    }
    const same = this.#sameAsBefore(read, message.again === true);
    if (same) this.#answerAgain(read, same);
    else if (this.#accepted >= config.mqtt.max_commands) {
      const most = config.mqtt.max_commands;
      this.#refuse(read.device, read.key, read.value, this.#said({ code: "too_many", most }));
    } else if (isStationCommand(read)) this.#askStation(read);
    else this.#queue(read);
  }

  /**
   * The command this one repeats: by its time where it has one, else the last one for the control, when the broker sends it again
   * because our acknowledgement was lost, or within the window. A command from the future was taken while the clock was wrong.
   */
  #sameAsBefore(command: HomeCommand, again: boolean): MqttCommandRow | null {
    if (command.given_at !== null) return mqttCommandBySourceId(this.store, sourceId(command));
    const last = latestMqttCommandFor(this.store, command.device, command.key);
    const { duplicate_window_s } = this.context.config.mqtt;
    if (!last || last.value !== command.value || last.state === "refused") return null;
    if (again && last.acknowledged === 0) return last;
    const now = this.context.clock.now();
    const received_at = knownTime(last.received_at, now);
    return received_at !== null && now - received_at < duplicate_window_s ? last : null;
  }

  #answerAgain({ device, key, value }: HomeCommand, same: MqttCommandRow): void {
    this.#duplicates++;
    this.context.log.info("command came twice", { device, key, value });
    this.#tell({
      device,
      key,
      value,
      result: "duplicate",
      reason: `${same.state}${same.reason ? `: ${same.reason}` : ""}`,
    });
  }

  #askStation(command: HomeCommand): void {
    const objection = objectionTo(command, this.controls().modes);
    if (objection !== null) {
      this.#refuse(command.device, command.key, command.value, this.#said(objection));
      return;
    }
    const requests = requestsOf(command);
    const at = this.context.clock.now();
    this.store.write(() => {
      for (const { what, value } of requests) ask(this.store, { at, what, value, source: "mqtt" });
      this.newest = insertMqttCommand(this.store, this.#row(command, "asked", null, sourceId(command)), false);
    });
    for (const job of requests.map(({ what }) => JOB_OF[what])) if (job !== undefined) this.jobs.add(job);
    this.#accept(command, "asked");
  }

  /** Order and command are stored in one transaction: what the broker sends again after a power cut finds both, or neither. */
  #queue(command: HomeCommand): void {
    const { context, store } = this;
    const { device, key, value } = command;
    const source_id = sourceId(command);
    const kind = orderTable(context, store, device)?.kind;
    if (kind === undefined) throw new Error(`${device} has controls but no table`);
    const request = { kind, device, line: `${key}=${value}`, source: "mqtt", source_id } as const;
    const planned = requestedOrder(context, store, request);
    if (planned.state === "refused") {
      this.#refuse(device, key, value, orderReason(context, store, planned) ?? "refused");
      return;
    }
    faultPoint("mqtt_before_store");
    store.write(() => {
      noteOrder(context, store, request);
      this.newest = insertMqttCommand(store, this.#row(command, "queued", null, source_id), false);
    });
    faultPoint("mqtt_stored");
    this.jobs.add(POLLS[kind]);
    this.#accept(command, "queued");
  }

  #accept({ device, key, value }: HomeCommand, result: "queued" | "asked"): void {
    this.#accepted++;
    this.context.log.info("took a command", { device, key, value });
    this.#tell({ device, key, value, result, reason: null });
  }

  #said(refusal: MessageRefusal): string {
    return messageRefusal(speechOfStation(this.context).message_refused, refusal);
  }

  #refuse(device: string | null, key: string | null, value: string, reason: string): void {
    this.#refused++;
    if (this.#refused > MOST_TOLD) return;
    this.context.log.warn("refused a message", { device: device ?? "unknown", key: key ?? "unknown", reason });
    if (device === null || key === null) return;
    const row = this.#row({ device, key, value, given_at: null }, "refused", reason, randomUUID());
    this.store.later(() => insertMqttCommand(this.store, row, true));
    this.#tell({ device, key, value, result: "refused", reason });
  }

  #tell(outcome: Outcome): void {
    this.#outcomes.push(outcome);
    this.onOutcome();
  }

  #row(command: HomeCommand, state: string, reason: string | null, source_id: string): Omit<MqttCommandRow, "id"> {
    const acknowledged = state === "refused" ? 1 : 0;
    return { received_at: this.context.clock.now(), ...command, source_id, state, reason, acknowledged };
  }
}

/** What a command asks of the station's jobs. */
export function requestsOf({ key, value }: Pick<HomeCommand, "key" | "value">): readonly Request[] {
  if (key === "mode") return [{ what: "mode", value }];
  if (key === "report") return [{ what: "report", value: "" }];
  return [
    { what: "poll_inverter_settings", value: "" },
    { what: "poll_bms_settings", value: "" },
  ];
}

interface Request {
  readonly what: RequestKind;
  readonly value: string;
}

/** Requests that a visit can have taken at once; the battery monitor's run is cron's alone. */
const JOB_OF: Readonly<Partial<Record<RequestKind, string>>> = {
  poll_inverter_settings: POLLS.inverter,
  poll_bms_settings: POLLS.bms,
};

/** Why it cannot be asked; null: it can. */
function objectionTo({ key, value }: HomeCommand, modes: readonly string[]): MessageRefusal | null {
  if (key !== "mode") return value === "press" ? null : { code: "no_press" };
  return modes.includes(value) ? null : { code: "no_mode", value, modes };
}

/** The same for the same command: redelivered by the broker, it is not carried out again. Without a time each one is its own. */
function sourceId(command: HomeCommand): string {
  if (command.given_at === null) return randomUUID().replaceAll("-", "").slice(0, 22);
  const identity = JSON.stringify([command.device, command.key, command.value, command.given_at]);
  return createHash("sha256").update(identity).digest("hex").slice(0, 22);
}
