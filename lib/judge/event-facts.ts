import type { Context } from "../cli/spec.ts";
import { stationUnits } from "../config/units.ts";
import type { AlertFacts, DeviceEventFact } from "../rules/alerts/types.ts";
import type { Store } from "../store/database.ts";
import { deviceEvents } from "../store/device-events.ts";
import { lastSampleAt } from "../store/samples.ts";

const DAY_S = 86_400;
/** Another machine is told to the store once a day for as long as it answers. */
const OTHER_MACHINE_S = DAY_S + 3600;

/** What happened to the devices of this station since `from`, oldest first. */
export function stationEvents(context: Context, store: Store, from: number): DeviceEventFact[] {
  return stationUnits(context.config)
    .flatMap(({ kind, name }) => deviceEvents(store, name, from).map((event) => ({ ...event, kind })))
    .sort((a, b) => a.id - b.id);
}

/** Events for the alerts, and the machines that are not ours and still there. */
export function eventFacts(context: Context, store: Store): Pick<AlertFacts, "device_events" | "other_machines"> {
  const now = context.clock.now();
  // Of the future = written by a wrong clock: what it says is true all the same, and it is told by its number.
  const device_events = stationEvents(context, store, now - OTHER_MACHINE_S);
  return { device_events, other_machines: otherMachines(store, device_events, now) };
}

function otherMachines(store: Store, events: readonly DeviceEventFact[], now: number): AlertFacts["other_machines"] {
  const newest = new Map<string, DeviceEventFact>();
  for (const event of events) {
    if (event.code === "other_machine" || event.code === "machine_accepted") newest.set(event.device, event);
  }
  return [...newest.values()].flatMap(({ kind, device, code, at, evidence }) => {
    const isOver = code !== "other_machine" || (lastSampleAt(store, device, now) ?? 0) > at;
    return isOver ? [] : [{ kind, device, evidence }];
  });
}
