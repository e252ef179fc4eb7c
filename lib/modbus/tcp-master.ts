import { setTimeout as sleep } from "node:timers/promises";
import type ModbusRTU from "modbus-serial";
import { BadFrame, DeviceTimeout, ModbusException, PortGone, StationError, UsageError } from "../base/errors.ts";
import { type Failure, failure, said } from "../base/failure/failure.ts";
import { BUSY, DEVICE_BUSY, exceptionTold, GATEWAY_SILENCE } from "./exceptions.ts";
import { type ModbusMaster, type ModbusStats, newStats, type RangeGuard } from "./master.ts";

export interface TcpOptions {
  /** Wait for the connection and for each answer, ms; default 1200. */
  readonly timeout_ms?: number;
  /** Reads sent at most; default 3. */
  readonly retries?: number;
  /** As in RtuOptions. */
  readonly busy_pause_ms?: number;
  readonly busy_tries?: number;
  /** Same gate as RtuOptions.allowed. */
  readonly allowed?: RangeGuard;
}

/**
 * Modbus/TCP (MBAP) gateways, `modbus-tcp://host:port`, over modbus-serial: here every answer carries the number of its
 * request, which an RTU answer lacks, so late answers cannot be mistaken. After any error the connection is dropped all
 * the same: a gateway may still hold the answer of the slave behind it. RTU bytes in a TCP stream are RtuMaster's.
 */
export class TcpMaster implements ModbusMaster {
  readonly stats: ModbusStats = newStats();
  readonly #host: string;
  readonly #port: number;
  readonly #timeout: number;
  readonly #tries: number;
  readonly #allowed: RangeGuard | undefined;
  readonly #busy: { readonly pause_ms: number; readonly tries: number };
  #client: ModbusRTU | null = null;
  #queue: Promise<unknown> = Promise.resolve();

  /** @throws UsageError when the name is no `modbus-tcp://host[:port]` */
  constructor(
    readonly name: string,
    options: TcpOptions = {},
  ) {
    const url = /^modbus-tcp:\/\/(?:\[([^\]]+)\]|([^:/[\]]+))(?::(\d+))?\/?$/.exec(name);
    if (!url) throw new UsageError(failure("bad_modbus_address", { name }));
    this.#host = (url[1] ?? url[2]) as string;
    this.#port = Number(url[3] ?? 502);
    this.#timeout = options.timeout_ms ?? 1200;
    this.#tries = options.retries ?? 3;
    this.#allowed = options.allowed;
    this.#busy = { pause_ms: options.busy_pause_ms ?? BUSY.pause_ms, tries: options.busy_tries ?? BUSY.tries };
  }

  readHoldingRegisters(slave: number, start: number, count: number): Promise<Uint16Array> {
    return this.#inTurn(async () => {
      for (let tries = 1; ; tries++) {
        if (tries > 1) this.stats.retries++;
        try {
          return await this.#read(slave, start, count, tries);
        } catch (error) {
          if (!mayRepeat(error) || tries >= this.#tries) throw error;
        }
      }
    });
  }

  writeSingle(slave: number, addr: number, word: number): Promise<void> {
    return this.#inTurn(async () => {
      await this.#transact(slave, addr, 1, 1, (client) => client.writeRegister(addr, word));
    });
  }

  writeMultiple(slave: number, start: number, words: readonly number[]): Promise<void> {
    return this.#inTurn(async () => {
      await this.#transact(slave, start, words.length, 1, (client) => client.writeRegisters(start, [...words]));
    });
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    if (client) await dropped(client);
  }

  async #read(slave: number, start: number, count: number, tries: number): Promise<Uint16Array> {
    const { data } = await this.#transact(slave, start, count, tries, (client) =>
      client.readHoldingRegisters(start, count),
    );
    if (data.length !== count) {
      this.stats.bad_frames++;
      await this.close();
      const kind = data.length < count ? "short" : "long";
      const what = failure("answer_of_wrong_count", { count: data.length, expected: count });
      throw new BadFrame(kind, failure("at", { place: this.#place(slave), what }));
    }
    return Uint16Array.from(data);
  }

  async #transact<T>(
    slave: number,
    start: number,
    count: number,
    tries: number,
    send: (client: ModbusRTU) => Promise<T>,
  ): Promise<T> {
    this.#allowed?.(start, count);
    for (let busy = 0; ; busy++) {
      try {
        const client = await this.#connected();
        client.setID(slave);
        this.stats.requests++;
        return await send(client);
      } catch (cause) {
        await this.close();
        const error = this.#normalised(cause, slave, tries);
        const isBusy = error instanceof ModbusException && error.code === DEVICE_BUSY;
        if (!isBusy || busy >= this.#busy.tries) throw error;
        // It has done nothing, reads and writes alike.
        await sleep(this.#busy.pause_ms);
      }
    }
  }

  async #connected(): Promise<ModbusRTU> {
    if (this.#client?.isOpen) return this.#client;
    await this.close();
    const modbus = await import("modbus-serial");
    const client = new modbus.default();
    // Without listeners an error event would end the process, without a timeout a silent gateway would hold it for ever.
    client.on("error", () => undefined);
    client.on("close", () => undefined);
    client.setTimeout(this.#timeout);
    this.#client = client;
    await this.#inTime(client.connectTCP(this.#host, { port: this.#port }));
    return client;
  }

  /** modbus-serial has no time limit of its own for connecting. */
  async #inTime(connecting: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      const late = new PortGone(failure("gateway_takes_none", { name: this.name, ms: this.#timeout }));
      timer = setTimeout(() => reject(late), this.#timeout);
    });
    try {
      await Promise.race([connecting, limit]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Some errors of modbus-serial are no Error objects; the fields, not the classes, say what happened. */
  #normalised(error: unknown, slave: number, tries: number): StationError {
    if (error instanceof StationError) return error;
    const { modbusCode, errno, name, message } = (error ?? {}) as Record<string, unknown>;
    const place = this.#place(slave);
    if (typeof modbusCode === "number") {
      this.stats.exceptions++;
      if (modbusCode === DEVICE_BUSY) this.stats.busy++;
      return new ModbusException(modbusCode, failure("at", { place, what: exceptionTold(modbusCode) }));
    }
    if (errno === "ETIMEDOUT" || name === "TransactionTimedOutError") {
      this.stats.timeouts++;
      return new DeviceTimeout(failure("no_reply", { place, ms: this.#timeout, tries }), { cause: error });
    }
    const text = typeof message === "string" && message !== "" ? message : String(error);
    if (/CRC|Data length|Unexpected data|Bad (address|length)/i.test(text)) {
      this.stats.bad_frames++;
      return new BadFrame("malformed", failure("at", { place, what: said(text) }), { cause: error });
    }
    return new PortGone(failure("gateway_unusable", { name: this.name, why: said(text) }), { cause: error });
  }

  #place(slave: number): Failure {
    return failure("slave", { port: this.name, slave });
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}

/** Also what a gateway says for a silent device: that is a silence, told by somebody else. */
function mayRepeat(error: unknown): boolean {
  if (error instanceof ModbusException) return error.code === GATEWAY_SILENCE;
  return error instanceof DeviceTimeout || error instanceof BadFrame || error instanceof PortGone;
}

/** Destroys a connection; resolves even when it was never open. */
async function dropped(client: ModbusRTU): Promise<void> {
  if (!client.isOpen) {
    client.destroy(() => undefined);
    return;
  }
  await new Promise<void>((resolve) => client.destroy(() => resolve()));
}
