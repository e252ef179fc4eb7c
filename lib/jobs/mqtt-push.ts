import { randomUUID } from "node:crypto";
import { localTime } from "../base/local-time.ts";
import type { Answer, Context } from "../cli/spec.ts";
import { sendBacklog } from "../home/backlog.ts";
import { clientId, sessionOptions, topicsOf } from "../home/broker.ts";
import { type BrokerMemory, forgetCounter, judgeMemory, raiseCounter } from "../home/broker-memory.ts";
import { CommandIntake, type Controls } from "../home/command-intake.ts";
import { originalOutgoing } from "../home/original-topics.ts";
import { type DeviceNow, devicesNow, liveForHome, stationDevice } from "../home/published-devices.ts";
import {
  discoveryOutgoing,
  type Force,
  type Outgoing,
  purgeOutgoing,
  stateOutgoing,
  stationOutgoing,
} from "../home/publisher.ts";
import { type Ended, endedCommands, tellOutcomes, tellResults } from "../home/results.ts";
import { stationView } from "../home/station-view.ts";
import { commandFilter, fenceTopic, type HomeDevice, runTopic } from "../publish/homeassistant/component.ts";
import type { StationView } from "../publish/homeassistant/station.ts";
import { MqttSession, type ReceivedMessage } from "../publish/mqtt-session.ts";
import { speechOfStation } from "../station/voice.ts";
import type { Store } from "../store/database.ts";
import { type DiscoveryRow, discoveryRows, noteAcknowledged } from "../store/publish.ts";
import type { LiveStation } from "../view/live.ts";

/** Another run of the same client may take this long to finish, ms. */
const LOCK_WAIT_MS = 5000;
/** How often an open connection looks for new samples and results, ms; commands act at once. */
const LOOK_EVERY_MS = 500;

/** Runs one of the station's commands to its end, with the same configuration. */
export type JobRunner = (name: string) => Promise<{ readonly exitCode: number; readonly stderr: string }>;

/**
 * `mqtt-push`: one visit to the broker, or one that lasts (--stay). Without `runJob` what a visit took waits for the next poll.
 * @throws ServiceDown, ConfigError, PortBusy, StateError
 */
export async function mqttPush(context: Context, runJob: JobRunner | null = null): Promise<Answer | undefined> {
  if (!context.config.mqtt.enabled) {
    context.log.info("mqtt is disabled in the configuration");
    return undefined;
  }
  const store = context.openStore();
  if (context.dryRun) return preview(context, store);
  // The same client id at the same broker is one session; elsewhere it is somebody else.
  const client = `${context.config.mqtt.url}/${clientId(context.config)}`;
  const lock = await context.lockPort(client, LOCK_WAIT_MS);
  try {
    return context.options.purge === true ? await purge(context, store) : await new Visit(context, store, runJob).go();
  } finally {
    lock.release();
  }
}

const FORGOT_WHAT = "has lost its memory of the last minutes: it was restarted without having saved it";

class Visit {
  readonly #intake: CommandIntake;
  readonly #fence = randomUUID();
  #fenceSeen: () => void = () => {};
  #wake: () => void = () => {};
  #devices: DeviceNow[] = [];
  #home: HomeDevice[] = [];
  #discovery: DiscoveryRow[] = [];
  #controls: Controls = { keys: new Map(), modes: [], undated_refused: false };
  #view: StationView | null = null;
  #live: LiveStation | undefined;
  #ended: readonly Ended[] = [];
  /** Day and samples that the energies of `#view` are of. */
  #todayMark = "";
  #counter = 0;
  /** Commands taken when the counter was raised last. */
  #counted = 0;
  #undatedRefused = false;
  #memory: BrokerMemory["verdict"] = "kept";
  #sent = 0;
  /** Number of the newest command whose outcome was sent after its acknowledgement, and of the newest noted as acknowledged. */
  #told = 0;
  #noted = 0;
  /** Last payload sent on each topic in this visit. */
  readonly #standing = new Map<string, string>();

  constructor(
    private readonly context: Context,
    private readonly store: Store,
    private readonly runJob: JobRunner | null,
  ) {
    this.#intake = new CommandIntake(
      context,
      store,
      () => this.#controls,
      () => this.#wake(),
    );
  }

  async go(): Promise<Answer> {
    const memory = await judgeMemory(this.context, this.store);
    this.#counter = memory.counter;
    this.#memory = memory.verdict;
    if (memory.verdict !== "kept") this.#undatedRefused = true;
    if (memory.verdict === "back") this.context.log.warn(`the broker ${FORGOT_WHAT}`);
    const opening = MqttSession.open({ ...sessionOptions(this.context.config), onMessage: (m) => this.#receive(m) });
    // Read while the connection is being made; a failure of it is told by the await below.
    opening.catch(() => {});
    try {
      this.#look();
    } catch (error) {
      opening.then((session) => session.close("alive")).catch(() => {});
      throw error;
    }
    const session = await opening;
    try {
      return await this.#visit(session);
    } finally {
      this.#intake.bookRefusals();
      await session.close("alive");
    }
  }

  async #visit(session: MqttSession): Promise<Answer> {
    const { context, store } = this;
    const topics = topicsOf(context.config);
    const fence = new Promise<void>((resolve) => {
      this.#fenceSeen = resolve;
    });
    session.subscribe([...(context.config.mqtt.commands ? [commandFilter(topics)] : []), fenceTopic(topics)]);
    session.publish(fenceTopic(topics), this.#fence);
    const forgot = this.#memory !== "kept";
    const force = {
      discovery: context.options.discovery === true || !session.sessionPresent || forgot,
      state: !session.sessionPresent || forgot,
    };
    const acknowledged = [
      ...this.#send(session, discoveryOutgoing(context, store, this.#home, this.#discovery, force)),
      ...this.#send(session, stateOutgoing(context, store, this.#devices, force)),
      ...this.#send(session, originalOutgoing(context, store, this.#live)),
      ...tellResults(context, session, store, this.#ended, this.#view?.mode ?? null),
    ];
    await session.within(fence, "broker_returns_not");
    // What comes from here on was given while we were connected.
    this.#undatedRefused = false;
    this.#controls = { ...this.#controls, undated_refused: false };
    this.#tellOutcomes(session);
    this.#send(session, this.#station());
    await this.#settle(session, acknowledged);
    const history = context.config.mqtt.backlog ? await sendBacklog(context, session, store) : 0;
    const stay = Number(context.options.stay ?? 0);
    const jobs = [...this.#intake.jobs];
    if (stay > 0) await this.#stay(session, after(stay * 1000));
    else if (jobs.length > 0 && this.runJob) await this.#stay(session, carryOut(context, this.runJob, jobs));
    return this.#answer(session, history);
  }

  /** Keeps the connection until `end`: commands act at once, new samples and results follow within a second. */
  async #stay(session: MqttSession, end: Promise<void>): Promise<void> {
    const { context, store } = this;
    const force: Force = { discovery: false, state: false };
    store.flush();
    let isOver = false;
    end.then(() => {
      isOver = true;
      this.#wake();
    });
    // One more look after the end: what came with it is told too.
    for (let isLast = false; !isLast; ) {
      await session.within(this.#pause(LOOK_EVERY_MS), "broker_stopped");
      isLast = isOver;
      this.#look();
      this.#tellOutcomes(session);
      const acknowledged = [
        ...this.#send(session, stateOutgoing(context, store, this.#devices, force)),
        ...this.#send(session, originalOutgoing(context, store, this.#live)),
        ...tellResults(context, session, store, this.#ended, this.#view?.mode ?? null),
      ];
      this.#send(session, this.#station());
      await this.#settle(session, acknowledged);
      store.flush();
    }
  }

  #run(): Outgoing {
    return { topic: runTopic(topicsOf(this.context.config)), payload: String(this.#counter), retain: true };
  }

  #tellOutcomes(session: MqttSession): void {
    const outcomes = this.#intake.takeOutcomes();
    if (outcomes.length === 0) return;
    this.#told = this.#intake.newest;
    tellOutcomes(this.context, session, outcomes);
    // The station's state names the last command, a refused one included.
    this.store.flush();
    this.#view = this.#stationNow();
  }

  #station(): Outgoing[] {
    return [...(this.#view ? stationOutgoing(this.context, this.#view) : []), this.#run()];
  }

  /** Waits for the broker's acknowledgements; what has been told is then written down with the run's other small writes. */
  async #settle(session: MqttSession, notes: readonly (() => void)[]): Promise<void> {
    const told = this.#told;
    await session.settle();
    for (const note of notes) this.store.later(note);
    // The broker reads in order: who has our outcome has our acknowledgement.
    if (told > this.#noted) this.store.later(() => noteAcknowledged(this.store, told));
    this.#noted = told;
  }

  /** Waits, or until something happens. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #receive(message: ReceivedMessage): void {
    if (message.topic === fenceTopic(topicsOf(this.context.config))) {
      if (message.payload.toString() === this.#fence) this.#fenceSeen();
      return;
    }
    this.#intake.handle(message);
    const { accepted } = this.#intake.counts;
    if (accepted > this.#counted) this.#counter = raiseCounter(this.store, this.#counter);
    this.#counted = accepted;
  }

  /** Reads what there is to tell now. */
  #look(): void {
    const { context, store } = this;
    this.#ended = endedCommands(context, store);
    this.#discovery = discoveryRows(store);
    const known = new Map(this.#discovery.map((row) => [row.device, new Set(Object.keys(row.components))]));
    const live = liveForHome(context, store);
    this.#devices = devicesNow(context, store, known, live);
    const { mqtt, station } = context.config;
    // The headline is the same everywhere: what only Home Assistant takes for old does not change it.
    this.#live = mqtt.expire_after_s < station.max_age_s ? undefined : live;
    const view = this.#stationNow();
    this.#home = [stationDevice(context, view), ...this.#devices.map(({ home }) => home)];
    const keys = this.#home.map(({ key, components }) => [key, controlKeys(components)] as const);
    this.#view = view;
    this.#controls = {
      keys: new Map(keys),
      modes: view.mode_options,
      undated_refused: this.#undatedRefused,
    };
  }

  /** The energies of a day move with a new sample only, and are the one thing here that takes a while to read. */
  #stationNow(): StationView {
    const { context, store } = this;
    const { day } = localTime(context.clock.now(), context.config.station.time_zone);
    const mark = [day, ...this.#devices.map(({ at }) => at)].join();
    const today = mark === this.#todayMark ? this.#view?.today : undefined;
    const view = stationView(context, store, { today, live: this.#live });
    this.#todayMark = mark;
    return view;
  }

  #send(session: MqttSession, messages: readonly Outgoing[]): (() => void)[] {
    for (const { topic, payload, retain, expiry_s } of messages) {
      // An open connection looks often; what stands at the broker already is not sent again.
      if (this.#standing.get(topic) === payload) continue;
      this.#standing.set(topic, payload);
      session.publish(topic, payload, { retain, ...(expiry_s === undefined ? {} : { expiry_s }) });
      this.#sent++;
    }
    return messages.flatMap(({ acknowledged }) => (acknowledged ? [acknowledged] : []));
  }

  #answer(session: MqttSession, history: number): Answer {
    const { sent, received } = session.traffic;
    const fresh = this.#devices.filter(({ at }) => at !== null).map(({ home }) => home.key);
    const json = {
      session_present: session.sessionPresent,
      broker_memory: this.#memory,
      messages_sent: this.#sent,
      history_sent: history,
      fresh_devices: fresh,
      commands: this.#intake.counts,
      bytes_sent: sent,
      bytes_received: received,
    };
    this.context.log.info("published", { messages: this.#sent, history, bytes: sent });
    const { accepted, refused } = json.commands;
    const told = { messages: this.#sent, bytes: sent, live: fresh, accepted, refused };
    return { json, text: () => speechOfStation(this.context).answers.mqtt.published(told) };
  }
}

const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * A visit without --stay is gone before the jobs of the next minute have carried out what it took: it runs them itself, and tells how
 * it went. They wait for their port like everybody. A poll that fails is told by the one that cron runs.
 */
async function carryOut({ log }: Context, runJob: JobRunner, jobs: readonly string[]): Promise<void> {
  const run = async (job: string) => {
    const { exitCode, stderr } = await runJob(job);
    log.info("the job that carries out what was taken has run", { job, exit_code: exitCode, told: stderr.trim() });
  };
  await Promise.all(jobs.map(run));
}

function controlKeys(components: HomeDevice["components"]): ReadonlySet<string> {
  const controls = Object.entries(components).filter(([, { command_topic }]) => command_topic !== undefined);
  return new Set(controls.map(([key]) => key));
}

/** What a visit would send; nothing is sent or remembered. */
function preview(context: Context, store: Store): Answer {
  const rows = discoveryRows(store);
  const known = new Map(rows.map((row) => [row.device, new Set(Object.keys(row.components))]));
  const devices = devicesNow(context, store, known);
  const view = stationView(context, store);
  const home = [...devices.map((device) => device.home), stationDevice(context, view)];
  const force = { discovery: context.options.discovery === true, state: true };
  const messages = [
    ...discoveryOutgoing(context, store, home, rows, force),
    ...stateOutgoing(context, store, devices, force),
    ...stationOutgoing(context, view),
  ].map(({ topic, payload, retain }) => ({ topic, payload, retain }));
  return {
    json: { messages },
    text: () => messages.map(({ topic, payload }) => `${topic} ${payload}`).join("\n"),
    always: true,
  };
}

/** Takes everything back that this station has retained at the broker, and ends its session there. */
async function purge(context: Context, store: Store): Promise<Answer> {
  const session = await MqttSession.open({ ...sessionOptions(context.config), onMessage: () => {} });
  const messages = purgeOutgoing(context, store, discoveryRows(store));
  try {
    for (const { topic, payload, retain } of messages) session.publish(topic, payload, { retain });
    await session.settle();
    for (const { acknowledged } of messages) if (acknowledged) store.later(acknowledged);
    store.later(() => forgetCounter(store));
  } finally {
    await session.close("for_good");
  }
  return {
    json: { topics_cleared: messages.length },
    text: () => speechOfStation(context).answers.mqtt.cleared(messages.length),
  };
}
