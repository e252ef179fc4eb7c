import { systemClock } from "../clock.ts";
import { StationError } from "../errors.ts";
import type { Store } from "../store/database.ts";
import { appendOrder } from "./append-line.ts";
import { peekCommandFile } from "./claim.ts";
import type { OrderContext } from "./context.ts";
import { commandFile } from "./device-tables.ts";
import { submitOrder } from "./intake.ts";

/**
 * Gives the inverter one line as an order of a program, which signs it (`… by batmon`). It goes into the command file; where that
 * would not be taken (unreadable, too large, a link, a directory), straight into the journal, so that nothing blocks its way.
 * @throws what the second way throws, when the first did not work either
 */
export function giveOrder(context: OrderContext, store: Store, line: string, source: string): void {
  const path = commandFile(context, "inverter");
  try {
    peekCommandFile(path, { trusted_uids: context.config.orders.trusted_uids, now: systemClock.now });
    appendOrder(path, line);
  } catch (error) {
    if (!(error instanceof StationError)) throw error;
    context.log.warn("the command file is out of order; the order goes into the journal", { path });
    submitOrder(context, store, { kind: "inverter", device: context.config.inverter.name, line, source });
  }
}
