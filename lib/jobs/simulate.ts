import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { BadCommand, UsageError } from "../base/errors.ts";
import { failure } from "../base/failure/failure.ts";
import { runSibling } from "../cli/sibling.ts";
import type { Answer, Context } from "../cli/spec.ts";
import { snapshotFromRaw, valueFromRaw } from "../codec/values.ts";
import { BMS_FIELDS } from "../devices/bms/sample.ts";
import { INVERTER_KIND } from "../devices/index.ts";
import { INVERTER_SAMPLE_FIELDS } from "../devices/inverter/sample.ts";
import { makeInverter } from "../devices/simulators.ts";
import { demo } from "../sim/demo.ts";
import type { SimulatedDevice } from "../sim/device.ts";
import { FAULT_KINDS, type Fault } from "../sim/fault.ts";
import { serveInverter } from "../sim/modbus-tcp.ts";
import { serveDevice } from "../sim/serve.ts";
import { simulatedBms } from "../sim/simulated-bms.ts";
import type { LineOptions } from "../sim/tcp.ts";
import { WireLog } from "../sim/wire-log.ts";
import { WRITE_KINDS, type WriteBehaviour } from "../sim/write-behaviour.ts";
import { speechOfStation } from "../station/voice.ts";
import { openStore } from "../store/database.ts";
import { bmsSamples, inverterSamples } from "../store/samples.ts";
import type { Speech } from "../words/index.ts";
import { simulatePlantDay } from "./simulate-day.ts";

export { parseFault } from "../sim/fault.ts";
export { SIMULATED_DIALECTS } from "../sim/simulated-bms.ts";
export { parseWriteBehaviour } from "../sim/write-behaviour.ts";

/** Text forms of --fault and --write, for help pages. */
export const FAULT_HELP = [
  "--fault KIND[=VALUE][:n first n | %n every n-th | @n,m these requests][/TARGET read, write, register or tag]",
  `  KIND: ${FAULT_KINDS.join(" ")}`,
  "  silent:3   late=700@2   noise_before=x0403   exception=2/25201   truncated=20%10",
  "--write KIND[=VALUE][/REGISTER] (inverter)",
  `  KIND: ${WRITE_KINDS.join(" ")}`,
  "  keeps_old_value/20105   rounds=10   reverts_after=5",
].join("\n");

/** `station-sim inverter`: a simulated inverter until the command is stopped. */
export async function simulateInverter({ options, print }: Context): Promise<Answer | undefined> {
  const capture = options.capture as string | undefined;
  const log = new WireLog((options.log as string | undefined) ?? null);
  const inverter = makeInverter({
    slave: options.slave as number,
    writes: (options.write as WriteBehaviour[] | undefined) ?? [],
    ...(capture === undefined ? {} : { capture: { text: readCapture(capture), name: capture } }),
  });
  const port = options.modbusTcp as number | undefined;
  const gateway = port === undefined ? null : await serveInverter(inverter, { port, log });
  if (gateway) print(`inverter: modbus-tcp://${gateway.host}:${gateway.port}\n`);
  await serveUntilStopped(inverter, INVERTER_KIND.baud, log, options, print);
  await gateway?.close();
  return undefined;
}

/** `station-sim bms`: a simulated BMS (or several slaves of the Modbus dialect) until the command is stopped. */
export async function simulateBms({ options, print }: Context): Promise<Answer | undefined> {
  const capture = options.capture as string | undefined;
  const log = new WireLog((options.log as string | undefined) ?? null);
  const { device, baud } = await simulatedBms(String(options.dialect), {
    addresses: (options.address as number[] | undefined) ?? [1],
    refuses: options.refuses === true,
    old_protocol: options.oldProtocol === true,
    ...(capture === undefined ? {} : { capture: { text: readCapture(capture), name: capture } }),
  });
  await serveUntilStopped(device, baud, log, options, print);
  return undefined;
}

/**
 * `station-sim demo`: the real dump commands against recorded devices, with their state in a folder that goes away; with --day
 * all commands of a station, steering a simulated plant through a day.
 */
export async function simulateDemo(context: Context): Promise<Answer> {
  const { options, print } = context;
  if (options.day === true) return simulatePlantDay(context);
  const directory = mkdtempSync(join(tmpdir(), "solar-station-demo-"));
  try {
    const failed = await demo({
      directory,
      print,
      runCommand: runSibling,
      ...{ lang: context.config.station.lang, words: speechOfStation(context).demo },
      showRows: (folder) => storedRows(folder, speechOfStation(context)),
      rounds: options.rounds as number,
      ptyDirectory: options.pty === true ? directory : null,
    });
    const outcome = failed === 0 ? {} : { failure: new BadCommand(failure("demo_failed", { failed })) };
    return { json: { failed_commands: failed }, ...outcome };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function readCapture(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(failure("capture_unreadable", { path }), { cause: error });
  }
}

async function serveUntilStopped(
  device: SimulatedDevice,
  baud: number,
  log: WireLog,
  options: Context["options"],
  print: Context["print"],
): Promise<void> {
  const line: LineOptions = {
    port: options.listen as number,
    baud: options.fast === true ? null : ((options.baud as number | undefined) ?? baud),
    turnaroundMs: options.turnaround as number,
    faults: (options.fault as Fault[] | undefined) ?? [],
    seed: options.seed as number,
    oneClient: options.oneClient === true,
    log,
  };
  const served = await serveDevice(device, { ...line, ptyPath: options.pty as string | undefined });
  print(`${device.name}: ${served.where}\n`);
  const stop = new AbortController();
  await Promise.race(["SIGINT", "SIGTERM"].map((name) => once(process, name, { signal: stop.signal })));
  stop.abort();
  await served.close();
}

/** What the database holds of the demo, a line a sample. */
function storedRows(stateDirectory: string, { demo: words, format, state }: Speech): string {
  const store = openStore(join(stateDirectory, "station.db"), { readonly: true, clock: systemClock });
  try {
    const until = systemClock.now() + 60;
    const inverter = inverterSamples(store, "inverter", 0, until).map(({ at, sample }) => {
      const { work_state, pv_power, load_power, battery_voltage } = snapshotFromRaw(INVERTER_SAMPLE_FIELDS, sample.raw);
      const [pv, load] = [format.quantity(pv_power, "W"), format.quantity(load_power, "W")];
      return words.inverter_row(time(at), state(work_state), pv, load, format.quantity(battery_voltage, "V", 1));
    });
    const bms = bmsSamples(store, "bms", 0, until).map(({ at, sample }) => {
      const volts = valueFromRaw(BMS_FIELDS.pack_voltage, sample.pack_voltage) as number | null;
      const amperes = valueFromRaw(BMS_FIELDS.battery_current, sample.battery_current) as number | null;
      const [u, i] = [format.quantity(volts, "V", 2), format.quantity(amperes, "A", 2)];
      return words.bms_row(time(at), sample.cells.length, u, i, format.quantity(sample.soc, "%"));
    });
    return [words.rows, ...inverter, ...bms].join("\n");
  } finally {
    store.close();
  }
}

function time(at: number): string {
  return new Date(at * 1000).toISOString().slice(11, 19);
}
