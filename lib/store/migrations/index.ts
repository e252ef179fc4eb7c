import type { Database } from "better-sqlite3";
import { BASE } from "./001-base.ts";
import { ORDERS } from "./002-orders.ts";
import { RULES } from "./003-rules.ts";
import { PUBLISH } from "./004-publish.ts";
import { HISTORY } from "./005-history.ts";
import { ORDERS_AGAIN } from "./006-orders-again.ts";
import { DOUBTS } from "./007-doubts.ts";
import { PLANS } from "./008-plans.ts";
import { ORDERS_ON_THE_WIRE } from "./009-orders-on-the-wire.ts";
import { keySamplesByDevice } from "./010-sample-keys.ts";
import { LOGIN } from "./011-login.ts";
import { JOB_ENDS } from "./012-job-ends.ts";
import { CHATS } from "./013-chats.ts";
import { BUS_USE } from "./014-bus-use.ts";
import { DECISION_PACKING } from "./015-decision-packing.ts";

/** Append-only: index + 1 = user_version; a step is SQL, or a function where SQL cannot know the columns. Never edit a released one. */
export const MIGRATIONS: readonly (string | ((db: Database) => void))[] = [
  ...[BASE, ORDERS, RULES, PUBLISH, HISTORY, ORDERS_AGAIN, DOUBTS, PLANS],
  ORDERS_ON_THE_WIRE,
  keySamplesByDevice,
  LOGIN,
  JOB_ENDS,
  CHATS,
  BUS_USE,
  DECISION_PACKING,
];
