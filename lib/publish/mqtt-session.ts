import type { Socket } from "node:net";
import type { IClientOptions, IPublishPacket, MqttClient } from "mqtt";
import { failureOf, ServiceDown, StationError } from "../base/errors.ts";
import { type Failure, type FailureCode, failure, said } from "../base/failure/failure.ts";

/** How to reach the broker. Credentials never appear in an error. */
export interface BrokerAddress {
  /** mqtt://, mqtts://, ws:// or wss://, without credentials. */
  readonly url: string;
  readonly client_id: string;
  readonly username?: string;
  readonly password?: string;
  /** PEM texts. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface SessionOptions extends BrokerAddress {
  readonly keepalive_s: number;
  /** ms for connection and CONNACK together, and later for the broker's answers. */
  readonly timeout_ms: number;
  /** s the broker keeps subscriptions and waiting commands after the connection has ended. */
  readonly session_expiry_s: number;
  /** Published by the broker when nobody has come back for `delay_s`. */
  readonly will: { readonly topic: string; readonly payload: string; readonly delay_s: number };
  /**
   * Called for every message, before it is acknowledged to the broker: what must not be lost is written down here. When it
   * throws, the message stays unacknowledged, comes again with the next connection, and this one ends with that error.
   */
  readonly onMessage: (message: ReceivedMessage) => void;
}

export interface ReceivedMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly retain: boolean;
  /** The broker has sent it before and does not know whether it arrived. */
  readonly again?: boolean;
}

export interface PublishOptions {
  readonly retain?: boolean;
  /** s after which the broker forgets it, retained or waiting. */
  readonly expiry_s?: number;
}

/** What a broker did not do in its time. */
type Complaint = "broker_acknowledges_not" | "broker_returns_not" | "broker_stopped";

/** Packets larger than this are not sent to us by the broker: every command fits many times. */
const LARGEST_PACKET = 4096;
/** Unacknowledged messages at most, when the broker names no number of its own. */
const DEFAULT_IN_FLIGHT = 20;
const DISCONNECT_WITH_WILL = 0x04;

/**
 * One MQTT 5 connection of a client that comes and goes: the session stays with the broker, and the will is its dead-man switch.
 * Nothing is retried here; the next run of the job does.
 */
export class MqttSession {
  #failure: StationError | null = null;
  #waiting: (() => void)[] = [];
  #inFlight = 0;
  #pinging = false;
  #limit: number;
  #pending = new Set<Promise<void>>();
  readonly #onFailure = new Set<(error: StationError) => void>();

  private constructor(
    private readonly client: MqttClient,
    private readonly options: SessionOptions,
    /** True: the broker still had this client's session, with its subscriptions. */
    readonly sessionPresent: boolean,
    receiveMaximum: number,
  ) {
    this.#limit = Math.max(1, receiveMaximum);
    client.on("packetreceive", (packet) => this.#hurry(packet.cmd));
  }

  /** Connects. @throws ServiceDown when the broker is absent, refuses or stays silent */
  static async open(options: SessionOptions): Promise<MqttSession> {
    // A bundle gives a CommonJS package as the default export only.
    const { default: mqtt } = await import("mqtt");
    const client = mqtt.connect(options.url, clientOptions(options));
    // Many small packets in a row: waiting for each other's TCP acknowledgement would cost 40 ms a time.
    (client.stream as Partial<Socket>).setNoDelay?.(true);
    return new Promise((resolve, reject) => {
      let session: MqttSession | null = null;
      const fail = (error: unknown) => {
        const failure = sayFailure(error, options);
        if (session) session.#fail(failure);
        else {
          client.end(true);
          reject(failure);
        }
      };
      client.on("error", fail);
      client.on("close", () => fail(down(options, failure("connection_cut"))));
      client.on("disconnect", (packet) => fail(down(options, goodbye(packet.reasonCode))));
      client.on("message", (topic, payload, packet) => {
        if (packet.qos === 0) deliver(options, topic, payload, packet, fail);
      });
      client.once("connect", (connack) => {
        const maximum = connack.properties?.receiveMaximum ?? DEFAULT_IN_FLIGHT;
        session = new MqttSession(client, options, connack.sessionPresent === true, maximum);
        resolve(session);
      });
    });
  }

  /** Subscribes with QoS 1; retained messages that lie there already are not sent, later ones come marked as retained. */
  subscribe(topics: readonly string[]): void {
    this.#track(
      new Promise((resolve, reject) => {
        this.client.subscribe([...topics], { qos: 1, rh: 2, rap: true, nl: false }, (error) =>
          error ? reject(error) : resolve(),
        );
      }),
    );
  }

  /** Sends a message with QoS 1 without waiting for its acknowledgement; `settle` does. */
  publish(topic: string, payload: string, options: PublishOptions = {}): void {
    this.#track(this.#send(topic, payload, options));
  }

  /** Resolves when everything sent so far is acknowledged. @throws ServiceDown with the first refusal, or after the time limit */
  async settle(): Promise<void> {
    const work = (async () => {
      while (this.#pending.size > 0) await Promise.all(this.#pending);
    })();
    await this.within(work, "broker_acknowledges_not");
  }

  /** `work`, unless the connection fails or the time limit passes first. @throws ServiceDown */
  async within<T>(work: Promise<T>, complaint: Complaint): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    let listener: ((error: StationError) => void) | undefined;
    const failed = new Promise<never>((_, reject) => {
      if (this.#failure) reject(this.#failure);
      listener = reject;
      this.#onFailure.add(listener);
      const { timeout_ms } = this.options;
      const late = failure(complaint, { broker: shownUrl(this.options.url), ms: timeout_ms });
      timer = setTimeout(() => reject(new ServiceDown(late)), timeout_ms);
    });
    try {
      return await Promise.race([work, failed]);
    } finally {
      clearTimeout(timer);
      if (listener) this.#onFailure.delete(listener);
    }
  }

  /** Why the connection is unusable, or null. */
  get failure(): StationError | null {
    return this.#failure;
  }

  /** Bytes that went over the line, TLS included. */
  get traffic(): { readonly sent: number; readonly received: number } {
    const stream = this.client.stream as { bytesWritten?: number; bytesRead?: number };
    return { sent: stream.bytesWritten ?? 0, received: stream.bytesRead ?? 0 };
  }

  /**
   * Leaves. `alive`: the session stays and its will is armed, so that silence is told after its delay; `for_good`: the session
   * ends at once and nothing is told.
   */
  async close(how: "alive" | "for_good"): Promise<void> {
    if (this.#failure) {
      this.client.end(true);
      return;
    }
    this.#failure = new ServiceDown(failure("connection_over"));
    const packet =
      how === "alive" ? { reasonCode: DISCONNECT_WITH_WILL } : { properties: { sessionExpiryInterval: 0 } };
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.client.end(true);
        resolve();
      }, this.options.timeout_ms);
      this.client.end(false, packet, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async #send(topic: string, payload: string, options: PublishOptions): Promise<void> {
    // A broker may cut whoever has more unacknowledged messages than it announced.
    while (this.#inFlight >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#failure) throw this.#failure;
    this.#inFlight++;
    const properties = options.expiry_s === undefined ? {} : { messageExpiryInterval: options.expiry_s };
    try {
      await new Promise<void>((resolve, reject) => {
        this.client.publish(topic, payload, { qos: 1, retain: options.retain ?? false, properties }, (error) =>
          error ? reject(refused(this.options.url, topic, error)) : resolve(),
        );
      });
    } finally {
      this.#inFlight--;
      this.#waiting.shift()?.();
    }
  }

  /**
   * A broker that has not switched TCP's collecting of small packets off (mosquitto's default) holds its further answers back
   * until its first one is acknowledged, and a quiet receiver puts that off for 40 ms. A ping carries the acknowledgement.
   */
  #hurry(received: string): void {
    if (received === "pingresp") this.#pinging = false;
    if (this.#pinging || this.#pending.size === 0 || this.#failure) return;
    this.#pinging = true;
    this.client.sendPing();
  }

  #track(work: Promise<void>): void {
    const tracked: Promise<void> = work.catch((error: unknown) => {
      this.#fail(sayFailure(error, this.options));
    });
    this.#pending.add(tracked);
    tracked.finally(() => this.#pending.delete(tracked));
  }

  #fail(error: StationError): void {
    if (this.#failure) return;
    this.#failure = error;
    for (const reject of this.#onFailure) reject(error);
    for (const resume of this.#waiting.splice(0)) resume();
  }
}

/**
 * The retained message of a topic, read over a connection of its own that leaves nothing behind; null = there is none. The session's own
 * connection would get what waits in its queue first. @throws ServiceDown
 */
export async function readRetained(options: Omit<SessionOptions, "onMessage">, topic: string): Promise<string | null> {
  const { default: mqtt } = await import("mqtt");
  const client = mqtt.connect(options.url, {
    ...clientOptions({ ...options, onMessage: () => {} }),
    ...{ clientId: `${options.client_id}_memory`, clean: true, properties: { maximumPacketSize: LARGEST_PACKET } },
    will: undefined as never,
    customHandleAcks: undefined as never,
  });
  (client.stream as Partial<Socket>).setNoDelay?.(true);
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<string | null>((resolve, reject) => {
      let found: string | null = null;
      const fail = (error: unknown) => reject(sayFailure(error, options));
      const broker = shownUrl(options.url);
      let late = failure("broker_silent", { broker, ms: options.timeout_ms });
      timer = setTimeout(() => fail(new ServiceDown(late)), options.timeout_ms);
      client.on("error", fail);
      client.on("close", () => fail(down(options, failure("connection_cut"))));
      client.on("disconnect", (packet) => fail(down(options, goodbye(packet.reasonCode))));
      client.on("message", (_topic, payload) => {
        found = payload.toString("utf8");
      });
      client.once("connect", () => {
        late = failure("broker_tells_not", { broker, topic, ms: options.timeout_ms });
        client.subscribe(topic, { qos: 0, rh: 0 }, (refused) => {
          if (refused) fail(refused);
          // Answers come in order: what is retained has come before the answer to this.
          else client.unsubscribe(topic, () => resolve(found));
        });
      });
    });
  } finally {
    clearTimeout(timer);
    client.end(true);
  }
}

function deliver(
  options: SessionOptions,
  topic: string,
  payload: Buffer,
  packet: IPublishPacket,
  fail: (error: unknown) => void,
): void {
  try {
    options.onMessage({ topic, payload, retain: packet.retain });
  } catch (error) {
    fail(error);
  }
}

function clientOptions(options: SessionOptions): IClientOptions {
  const { will } = options;
  return {
    customHandleAcks: (topic, payload, packet, acknowledge) => {
      try {
        options.onMessage({ topic, payload, retain: packet.retain, again: packet.dup });
        acknowledge(0);
      } catch (error) {
        acknowledge(error as Error);
      }
    },
    protocolVersion: 5,
    clientId: options.client_id,
    clean: false,
    keepalive: options.keepalive_s,
    connectTimeout: options.timeout_ms,
    reconnectPeriod: 0,
    resubscribe: false,
    // A table of all 65536 numbers pays off for a client that stays, not for one of a dozen packets.
    writeCache: false,
    properties: {
      sessionExpiryInterval: options.session_expiry_s,
      maximumPacketSize: LARGEST_PACKET,
    },
    will: {
      topic: will.topic,
      payload: Buffer.from(will.payload),
      qos: 1,
      retain: true,
      properties: { willDelayInterval: will.delay_s },
    },
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(options.cert === undefined ? {} : { cert: options.cert }),
    ...(options.key === undefined ? {} : { key: options.key }),
  };
}

function sayFailure(error: unknown, options: Pick<SessionOptions, "url" | "timeout_ms">): StationError {
  if (error instanceof StationError) return error;
  const { message, code } = error as { message?: string; code?: unknown };
  // The words of the library for its own limit.
  if (message === "connack timeout") {
    return new ServiceDown(failure("broker_silent", { broker: shownUrl(options.url), ms: options.timeout_ms }));
  }
  return down(options, tlsFailure(error) ?? (message ? failureOf(error) : said(String(code ?? error))), error);
}

function down({ url }: Pick<SessionOptions, "url">, why: Failure, cause?: unknown): ServiceDown {
  const what = failure("at", { place: shownUrl(url), what: why });
  return new ServiceDown(what, cause === undefined ? {} : { cause });
}

function refused(url: string, topic: string, error: Error): ServiceDown {
  return new ServiceDown(failure("broker_refuses", { broker: shownUrl(url), topic, why: failureOf(error) }));
}

/** What TLS complains about, by the end of its code; OpenSSL's own words name its source files. */
const TLS_FAILURES = [
  [/ALERT_CERTIFICATE_REQUIRED$/, "tls_no_certificate"],
  [/ALERT_HANDSHAKE_FAILURE$/, "tls_handshake"],
  [
    /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)$/,
    "tls_certificate_refused",
  ],
  [/ALERT_CERTIFICATE_(EXPIRED|REVOKED)$/, "tls_certificate_over"],
  [/WRONG_VERSION_NUMBER$/, "tls_none"],
  [/^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO_SELF_SIGNED)/, "tls_authority"],
  [/^CERT_HAS_EXPIRED$/, "tls_broker_over"],
  [/^CERT_NOT_YET_VALID$/, "tls_broker_not_yet"],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, "tls_broker_name"],
] as const satisfies readonly (readonly [RegExp, FailureCode])[];

function tlsFailure(error: unknown): Failure | null {
  const { code, reason } = error as { code?: unknown; reason?: unknown };
  if (typeof code !== "string") return null;
  const known = TLS_FAILURES.find(([pattern]) => pattern.test(code))?.[1];
  if (known) return failure(known);
  return code.startsWith("ERR_SSL_")
    ? failure("tls_other", { reason: typeof reason === "string" ? reason : code })
    : null;
}

const GOODBYES = {
  137: "broker_leaves_busy",
  139: "broker_leaves_down",
  142: "broker_leaves_taken",
  151: "broker_leaves_quota",
} as const;

function goodbye(code = 0): Failure {
  const known = GOODBYES[code as keyof typeof GOODBYES] as (typeof GOODBYES)[keyof typeof GOODBYES] | undefined;
  return failure("broker_leaves", {
    reason: known === undefined ? failure("broker_leaves_other", { code }) : failure(known),
  });
}

/** The URL as it may be shown: without anything before an @. */
function shownUrl(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//");
}
