import type { InverterPlug } from "../kind.ts";
import { assertAllowed, RESYNC_SPAN } from "./blocks.ts";
import { Pv1800Client } from "./client.ts";

export const PV1800_PLUG: InverterPlug = {
  guard: assertAllowed,
  resync: RESYNC_SPAN,
  client: (master, options) => new Pv1800Client(master, options),
};
