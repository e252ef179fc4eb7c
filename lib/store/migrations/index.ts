import { BASE } from "./001-base.ts";
import { ORDERS } from "./002-orders.ts";
import { RULES } from "./003-rules.ts";
import { PUBLISH } from "./004-publish.ts";
import { HISTORY } from "./005-history.ts";
import { ORDERS_AGAIN } from "./006-orders-again.ts";
import { DOUBTS } from "./007-doubts.ts";
import { PLANS } from "./008-plans.ts";
import { ORDERS_ON_THE_WIRE } from "./009-orders-on-the-wire.ts";

/** Append-only: index + 1 = user_version. Never edit a step that has been released. */
export const MIGRATIONS: readonly string[] = [
  ...[BASE, ORDERS, RULES, PUBLISH, HISTORY, ORDERS_AGAIN, DOUBTS, PLANS],
  ORDERS_ON_THE_WIRE,
];
