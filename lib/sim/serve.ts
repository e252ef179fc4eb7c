import type { SimulatedDevice } from "./device.ts";
import { openPty, type SimulatedPty } from "./pty.ts";
import { type LineOptions, listenTcp, type SimulatedLine } from "./tcp.ts";

/** A device offered to other programs. */
export interface ServedDevice {
  readonly line: SimulatedLine;
  readonly pty: SimulatedPty | null;
  /** Where it can be reached, for people: `tcp://127.0.0.1:4001, /run/tty-inverter`. */
  readonly where: string;
  close(): Promise<void>;
}

/** Offers a device on TCP and, with a path, on a pty through socat. @throws PortGone, UsageError */
export async function serveDevice(
  device: SimulatedDevice,
  options: LineOptions & { readonly ptyPath?: string | undefined },
): Promise<ServedDevice> {
  const line = await listenTcp(device, options);
  try {
    const pty = options.ptyPath === undefined ? null : await openPty(options.ptyPath, line);
    return {
      line,
      pty,
      where: pty ? `${line.url}, ${pty.path}` : line.url,
      close: async () => {
        await pty?.unplug();
        await line.close();
      },
    };
  } catch (error) {
    await line.close();
    throw error;
  }
}
