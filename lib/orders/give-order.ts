import { systemClock } from "../base/clock.ts";
import { StationError } from "../base/errors.ts";
import { areSeveral } from "../config/units.ts";
import type { Store } from "../store/database.ts";
import { appendOrder } from "./append-line.ts";
import { peekCommandFile } from "./claim.ts";
import type { OrderContext } from "./context.ts";
import { commandFile } from "./device-tables.ts";
import { submitOrder } from "./intake.ts";

/** A command file with more in it is somebody's flood, and may be too long to be taken by the time of the next run. */
const MOST_LINES_BEFORE = 500;

/**
 * Gives an inverter one line as an order of a program, which signs it (`… by batmon`). It goes into the command file; where that
 * would not be taken (unreadable, too large or about to be, a link, a directory), straight into the journal, so that nothing blocks
 * its way.
 * @throws what the second way throws, when the first did not work either
 */
export function giveOrder(context: OrderContext, store: Store, device: string, line: string, source: string): void {
  const path = commandFile(context, "inverter");
  try {
    const before = peekCommandFile(path, { trusted_uids: context.config.orders.trusted_uids, now: systemClock.now });
    if (before.length <= MOST_LINES_BEFORE) {
      appendOrder(path, areSeveral(context.config, "inverter") ? `${device}.${line}` : line);
      return;
    }
    context.log.warn("the command file is flooded; the order goes into the journal", { path, lines: before.length });
  } catch (error) {
    if (!(error instanceof StationError)) throw error;
    context.log.warn("the command file is out of order; the order goes into the journal", { path });
  }
  submitOrder(context, store, { kind: "inverter", device, line, source });
}
