/** A person and a station that talk through the Bot API. */
import type { TestContext } from "node:test";
import { visitChats } from "../../lib/chat/visit.ts";
import { latestChats } from "../../lib/store/chats.ts";
import { type BotApi, OWNER, startBotApi, type Update } from "./bot-api.ts";
import { type OrderStation, orderStation } from "./orders.ts";

export const GROUP = -1001234567890;

export interface Talk {
  readonly station: OrderStation;
  readonly api: BotApi;
  /** The owner (or another) says it at the station's time. */
  say(text: string, more?: Partial<Parameters<BotApi["say"]>[0]>): Update;
  visit(): Promise<unknown>;
}

/** A bot whose owner may order, alone with it and in the family's group. `more`: of its configuration, `sections`: of the station's. */
export async function talk(
  t: TestContext,
  more: Readonly<Record<string, unknown>> = {},
  sections: Readonly<Record<string, unknown>> = {},
): Promise<Talk> {
  const api = await startBotApi(t);
  const telegram = {
    ...{ token_file: api.token_file, api_base: api.base, chat_ids: [OWNER, GROUP], commands: "orders" },
    ...{ order_users: [OWNER] },
    ...more,
  };
  const station = orderStation(t, { ...sections, notify: { telegram } });
  return {
    station,
    api,
    say: (text, said = {}) => api.say({ text, at: station.now, ...said }),
    visit: () => visitChats(station.context, station.store, performance.now(), async () => {}),
  };
}

/** What became of each message, oldest first. */
export const outcomes = ({ station }: Talk): string[] =>
  latestChats(station.store, 10_000).map(({ outcome }) => outcome);
