/** What a device client needs from Modbus, whatever carries it (RTU on a wire, Modbus/TCP through a gateway). */
export interface ModbusMaster {
  /** What the config calls the line, for messages: `/dev/ttyUSB0`, `modbus-tcp://192.0.2.7:502`. */
  readonly name: string;
  /** FC 03. @throws DeviceTimeout, BadFrame, ModbusException, PortGone, and what the guard throws */
  readHoldingRegisters(slave: number, start: number, count: number): Promise<Uint16Array>;
  /** FC 06, sent once: after an error the caller reads back, since the device may have obeyed. @throws as above */
  writeSingle(slave: number, addr: number, word: number): Promise<void>;
  /** FC 16, sent once like writeSingle. @throws as above */
  writeMultiple(slave: number, start: number, words: readonly number[]): Promise<void>;
  /** What was seen on the line so far. */
  readonly stats: ModbusStats;
  /** Releases the connection or wire; never throws. */
  close(): Promise<void>;
}

/** Counters of one master's life. */
export interface ModbusStats {
  requests: number;
  retries: number;
  /** Requests, probes included, that nothing came to. */
  timeouts: number;
  /** Requests, probes included, that only wrong bytes came to. */
  bad_frames: number;
  /** Requests, probes included, that were answered by an exception, "busy" among them: answers, no silence. */
  exceptions: number;
  /** How many of these said "busy". */
  busy: number;
  /** Own requests that came back before the answer (adapters that echo). */
  echoes: number;
  /** Bytes that belonged to no answer of ours. */
  noise_bytes: number;
  /** Times the line was proven to be in step again by a probe of another length. */
  resyncs: number;
  /** Signs of another master on the line: unasked bytes before a request, answers of a wrong length, foreign slaves. */
  second_master_signs: number;
}

/** Throws for a range that must never be read or written; asked before any byte goes out. */
export type RangeGuard = (start: number, count: number) => void;

/** Zeroed counters. */
export function newStats(): ModbusStats {
  return {
    requests: 0,
    retries: 0,
    timeouts: 0,
    bad_frames: 0,
    exceptions: 0,
    busy: 0,
    echoes: 0,
    noise_bytes: 0,
    resyncs: 0,
    second_master_signs: 0,
  };
}
