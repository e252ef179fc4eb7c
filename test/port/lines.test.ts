/** Lines that cannot be opened, that break and that flood: what is said of them, and that the lock is free again. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { PortBusy, PortGone, UsageError } from "../../lib/base/errors.ts";
import { said } from "../../lib/base/failure/failure.ts";
import { BufferedWire } from "../../lib/port/buffered.ts";
import { openWire, parsePort } from "../../lib/port/open.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { startPty, startSimulatedInverter } from "../support/simulated.ts";
import { waitFor } from "../support/wait.ts";

/** A lock that tells whether it is held. */
function lockOf() {
  const held = { now: false };
  const lock = async () => {
    held.now = true;
    const release = () => {
      held.now = false;
    };
    return { release };
  };
  return { held, lock };
}

test("a port is a path or a host with a port number; anything else is named as it was written", () => {
  assert.deepEqual(parsePort("/dev/ttyUSB0"), { kind: "tty", path: "/dev/ttyUSB0" });
  assert.deepEqual(parsePort("tcp://[fe80::1]:8899"), { kind: "tcp", host: "fe80::1", port: 8899 });
  assert.deepEqual(parsePort("modbus-tcp://gateway:502"), { kind: "modbus-tcp", host: "gateway", port: 502 });
  for (const name of ["COM3", "tcp://gateway", "tcp://gateway:0", "tcp://gateway:65536", "udp://gateway:1"]) {
    assert.throws(
      () => parsePort(name),
      (error) => error instanceof UsageError && error.message.includes(`"${name}" is neither a path`),
    );
  }
});

test("what is no serial port is told as that, and its lock is free again", async (t) => {
  const folder = scratchDirectory(t);
  const file = join(folder, "file");
  writeFileSync(file, "");
  for (const [port, text] of [
    [file, `${file}: not a serial port`],
    [join(folder, "none"), `${join(folder, "none")}: no such device; is the adapter plugged in?`],
    ["/dev/null", "/dev/null: not a serial port"],
  ] as const) {
    const { held, lock } = lockOf();
    await assert.rejects(
      openWire({ port, baud: 19_200, lock }),
      (error) => error instanceof PortGone && error.message === text,
    );
    assert.equal(held.now, false);
  }
});

test("a tty that another one holds is told as busy, with who holds it and how long was waited", async (t) => {
  const { path } = await startPty(t, await startSimulatedInverter(t));
  const wire = await openWire({ port: path, baud: 19_200 });
  const { held, lock } = lockOf();
  await assert.rejects(
    openWire({ port: path, baud: 19_200, lock, lockWaitMs: 60 }),
    (error) => error instanceof PortBusy && /is held by .*, waited 60 ms/.test(error.message),
  );
  assert.equal(held.now, false);
  await wire.close();
});

test("an adapter that is pulled out ends the read that waits, and every call after it", async (t) => {
  const pty = await startPty(t, await startSimulatedInverter(t));
  const wire = await openWire({ port: pty.path, baud: 19_200 });
  const waiting = assert.rejects(wire.read(10_000), PortGone);
  await pty.unplug();
  await waiting;
  await assert.rejects(wire.write(Uint8Array.of(1)), PortGone);
  await assert.rejects(wire.read(1), PortGone);
  await wire.close();
});

test("an adapter that was pulled out before the first read is gone as well, not silent", async (t) => {
  const path = join(scratchDirectory(t), "tty");
  const line = await startSimulatedInverter(t);
  const socat = spawn("socat", [`PTY,link=${path},raw,echo=0`, `TCP:127.0.0.1:${line.port}`], { stdio: "ignore" });
  t.after(() => socat.kill());
  await waitFor(() => existsSync(path));
  const wire = await openWire({ port: path, baud: 19_200 });
  // In one turn of the event loop, so that nothing is read before the line has hung up.
  const waiting = assert.rejects(wire.read(10_000), PortGone);
  socat.kill("SIGKILL");
  while (!/\) Z /.test(readFileSync(`/proc/${socat.pid}/stat`, "utf8")));
  await waiting;
  await assert.rejects(wire.write(Uint8Array.of(1)), PortGone);
  await wire.close();
});

test("an address that nobody can connect to is told with the system's word, and its lock is free again", async () => {
  const { held, lock } = lockOf();
  await assert.rejects(
    openWire({ port: "tcp://255.255.255.255:9", baud: 19_200, lock }),
    (error) => error instanceof PortGone && /^tcp:\/\/255\.255\.255\.255:9: .*E[A-Z]+/.test(error.message),
  );
  assert.equal(held.now, false);
});

test("a gateway that hangs up ends the read that waits, and every call after it", async (t) => {
  const server = net.createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  const wire = await openWire({ port: `tcp://127.0.0.1:${port}`, baud: 19_200 });
  await assert.rejects(wire.read(10_000), PortGone);
  await assert.rejects(wire.write(Uint8Array.of(1)), /127\.0\.0\.1:\d+: /);
  await wire.close();
});

/** What every line has in common, with the operating system in the test's hands. */
class HeldWire extends BufferedWire {
  readonly name = "held";
  sending = (): void => {};
  readonly frames: string[] = [];
  constructor() {
    super((direction, bytes) => this.frames.push(`${direction}${bytes.length}`));
  }
  override push(bytes: Uint8Array): void {
    super.push(bytes);
  }
  /** The line breaks, for a reason of the system's. */
  breakDown(reason: string): void {
    super.fail(said(reason));
  }
  protected async send(): Promise<void> {
    this.sending();
  }
  async close(): Promise<void> {}
}

test("a line that floods loses its oldest bytes, not our memory", async () => {
  const wire = new HeldWire();
  for (let chunk = 0; chunk < 6; chunk++) wire.push(new Uint8Array(4096).fill(chunk));
  const bytes = await wire.read(0);
  assert.deepEqual([bytes.length, bytes[0], bytes.at(-1)], [16_384, 2, 5]);
});

test("one chunk larger than all that is kept is not thrown away", async () => {
  const wire = new HeldWire();
  wire.push(new Uint8Array(20_000).fill(7));
  assert.equal((await wire.read(0)).length, 20_000);
});

test("a line that breaks while a request leaves says so at once; what came before is still read", async () => {
  const wire = new HeldWire();
  wire.push(Uint8Array.of(1, 2));
  wire.sending = () => wire.breakDown("gone");
  await assert.rejects(wire.write(Uint8Array.of(9)), /^PortGone: held: gone$|held: gone/);
  assert.deepEqual([...(await wire.read(10))], [1, 2]);
  await assert.rejects(wire.read(10), PortGone);
  assert.deepEqual(wire.frames, [">1", "<2"]);
});
