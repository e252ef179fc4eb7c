import { connect } from "node:net";
import { failureOf, SecretUnusable } from "../base/errors.ts";
import { withTexts } from "../base/failure/texts.ts";
import type { Context } from "../cli/spec.ts";
import { exchange, scrub } from "../publish/notifiers/http.ts";
import { readSecretFile } from "../publish/notifiers/secret-file.ts";
import { type Check, fail, ok, skip } from "./check.ts";

const LIMIT_MS = 5000;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { "mqtt:": 1883, "mqtts:": 8883, "ws:": 80, "wss:": 443 };

/** The broker and the Telegram bot, where they are in use. */
export async function networkChecks(context: Context): Promise<Check[]> {
  return Promise.all([broker(context), telegram(context)]);
}

/** Only the connection: logging in could disturb mqtt-push. */
async function broker(context: Context): Promise<Check> {
  const { mqtt } = context.config;
  if (!mqtt.enabled) return skip("broker", "broker_off", {});
  const url = new URL(mqtt.url);
  const port = Number(url.port) || (DEFAULT_PORTS[url.protocol] ?? 1883);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const address = `${host}:${port}`;
  const began = performance.now();
  try {
    const is_open = await reach(host, port);
    if (!is_open) return fail("broker", "broker_silent", { address, limit_s: LIMIT_MS / 1000 });
    return ok("broker", "broker", { address, answer_ms: performance.now() - began });
  } catch (error) {
    return fail("broker", "broker_down", { address, reason: failureOf(error) });
  }
}

/** False: nobody answered in time. */
function reach(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.setTimeout(LIMIT_MS, () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("connect", () => {
      socket.end();
      resolve(true);
    });
    socket.once("error", reject);
  });
}

/** Asks the Bot API who the token belongs to. Neither the token nor a URL with it is ever shown. */
async function telegram(context: Context): Promise<Check> {
  const { token_file, api_base } = context.config.notify.telegram;
  if (token_file === null) return skip("telegram", "telegram_off", {});
  let token: string;
  try {
    token = readSecretFile(token_file);
  } catch (error) {
    if (!(error instanceof SecretUnusable)) throw error;
    return fail("telegram", "telegram_token", { path: token_file, fault: error.fault });
  }
  const url = `${api_base.replace(/\/+$/, "")}/bot${token}/getMe`;
  const answer = await exchange({ method: "GET", url }, LIMIT_MS);
  if ("failure" in answer)
    return fail("telegram", "telegram_away", { reason: withTexts(answer.failure, (text) => scrub(text, [token])) });
  const { status } = answer;
  if (status === 200) return ok("telegram", "telegram", {});
  return fail("telegram", status === 401 || status === 404 ? "telegram_refused" : "telegram_troubled", { status });
}
