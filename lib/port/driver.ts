/** The serial driver: a file of its own, loaded where a tty is opened. */
import { read } from "node:fs";
import { promisify } from "node:util";
import { SerialPort } from "serialport";

/** What the driver holds of an open tty on Linux. */
interface OpenTty {
  /** Null when closed. */
  readonly fd: number | null;
  readonly poller: { once(event: "readable", then: (error: Error | null) => void): unknown };
  read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }>;
}

const NOTHING_YET = new Set(["EAGAIN", "EINTR"]);
const readOnce = promisify(read);

/** The tty at `path`, open for us alone, 8N1. Rejects with the driver's own errors. */
export async function openDriver(path: string, baudRate: number): Promise<SerialPort> {
  const port = new SerialPort({ path, baudRate, autoOpen: false, lock: true });
  await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
  const tty = port.port as unknown as OpenTty;
  tty.read = (...into) => readUntilHangUp(tty, ...into);
  return port;
}

/**
 * A tty that hung up gives 0 bytes, for ever. The driver's own read asks again and again then, at a whole core, and nobody
 * hears that the device is gone; its poller tells only of what hangs up while it waits.
 */
async function readUntilHangUp(tty: OpenTty, buffer: Buffer, offset: number, length: number) {
  while (tty.fd !== null) {
    const bytesRead = await readOnce(tty.fd, buffer, offset, length, null).then(
      (done) => done.bytesRead,
      (error: NodeJS.ErrnoException) => {
        if (NOTHING_YET.has(error.code ?? "")) return null;
        throw error;
      },
    );
    if (bytesRead === 0) throw new Error("hung up");
    if (bytesRead !== null) return { buffer, bytesRead };
    if (tty.fd !== null) await readable(tty);
  }
  // The word by which the driver's stream knows that the port was closed on purpose.
  throw Object.assign(new Error("closed"), { canceled: true });
}

function readable({ poller }: OpenTty): Promise<void> {
  return new Promise((resolve, reject) => poller.once("readable", (error) => (error ? reject(error) : resolve())));
}
