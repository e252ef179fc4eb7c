/** The wires of a station: the units on each, and a piece of work done unit by unit. */
import type { Failures } from "../base/failures.ts";

/** The units that share a wire, wire by wire. */
function byPort<Unit extends { readonly port: string }>(units: readonly Unit[]): Unit[][] {
  const groups = new Map<string, Unit[]>();
  for (const unit of units) groups.set(unit.port, [...(groups.get(unit.port) ?? []), unit]);
  return [...groups.values()];
}

/** Opens each wire once and works with every unit on it; a wire or a unit that fails is noted in `failures` and stops no other. */
export async function onEveryWire<
  Unit extends { readonly port: string },
  Line extends { readonly close: () => Promise<void> },
>(
  units: readonly Unit[],
  failures: Failures,
  open: (first: Unit) => Promise<Line>,
  work: (line: Line, unit: Unit) => Promise<void>,
  /** Once a wire, before it is closed. */
  done: (line: Line, sharing: readonly Unit[]) => void = () => {},
): Promise<void> {
  for (const sharing of byPort(units)) {
    await failures.attempt(async () => {
      const line = await open(sharing[0] as Unit);
      try {
        for (const unit of sharing) await failures.attempt(() => work(line, unit));
      } finally {
        done(line, sharing);
        await line.close();
      }
    });
  }
}
