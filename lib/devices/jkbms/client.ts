import { DeviceTimeout, ModbusException } from "../../base/errors.ts";
import { failure } from "../../base/failure/failure.ts";
import { RtuMaster } from "../../modbus/rtu-master.ts";
import type { Wire } from "../../port/wire.ts";
import { type BmsClient, isAnswerFailure } from "../bms/client.ts";
import { Bms4e57Client } from "./client-4e57.ts";
import { BmsModbusClient, pbRangeGuard, TIMING_MODBUS } from "./client-modbus.ts";
import type { Known4e57 } from "./decode.ts";
import type { LineOptions } from "./exchange.ts";
import { withoutSecrets } from "./redact.ts";

export interface BmsClientOptions extends LineOptions {
  /** "auto" (default) probes once; remember `client.dialect` to spare it the next time. */
  readonly protocol?: "4e57" | "modbus" | "auto";
  /** Modbus slave address, default 1. */
  readonly address?: number;
  /** Terminal number, 4E57 only, default 0. */
  readonly terminal?: number;
  /** What is remembered of this device. */
  readonly known?: Known4e57;
}

/** 10 bits a byte at 115200 baud. */
const BYTE_MS = 10_000 / 115_200;

/**
 * Client of the BMS on this wire, whatever it speaks.
 * @throws DeviceTimeout or BadFrame when "auto" finds neither protocol
 */
export async function openBms(wire: Wire, options: BmsClientOptions = {}): Promise<BmsClient> {
  const protocol = options.protocol ?? "auto";
  if (protocol === "4e57") return new Bms4e57Client(wire, options);
  if (protocol === "modbus") return modbusClient(wire, options);
  return probe(wire, options);
}

async function probe(wire: Wire, options: BmsClientOptions): Promise<BmsClient> {
  const failures: unknown[] = [];
  // Each protocol ignores the other's requests, so asking wrongly does no harm.
  for (const make of [
    (o: BmsClientOptions) => new Bms4e57Client(wire, o),
    (o: BmsClientOptions) => modbusClient(wire, o),
  ]) {
    const candidate = make({ ...options, tries: 1 });
    try {
      await candidate.readSample();
      return make(options);
    } catch (error) {
      // A refusal is an answer, and it tells who speaks.
      if (error instanceof ModbusException) return make(options);
      if (!isAnswerFailure(error)) throw error;
      failures.push(error);
    }
  }
  const told = failures.find((error) => !(error instanceof DeviceTimeout));
  if (told !== undefined) throw told;
  throw new DeviceTimeout(failure("no_protocol_answers", { place: wire.name, one: "4E57", other: "Modbus" }), {
    cause: failures[0],
  });
}

function modbusClient(wire: Wire, options: BmsClientOptions): BmsModbusClient {
  const timing = { ...TIMING_MODBUS, ...options };
  const { trace } = options;
  const master = new RtuMaster(wire, {
    gap_ms: timing.packet_gap_ms,
    timeout_ms: timing.first_byte_ms,
    retries: timing.tries,
    quiet_ms: timing.retry_quiet_ms,
    byte_ms: BYTE_MS,
    allowed: pbRangeGuard,
    ...(trace ? { trace: (direction, bytes) => trace(direction, withoutSecrets(bytes)) } : {}),
    ...(options.clock ? { clock: options.clock } : {}),
  });
  return new BmsModbusClient(wire, master, options);
}
