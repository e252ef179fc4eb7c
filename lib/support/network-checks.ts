import { connect } from "node:net";
import { reasonOf } from "../base/errors.ts";
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
  if (!mqtt.enabled) return skip("broker", "mqtt.enabled is false");
  const url = new URL(mqtt.url);
  const port = Number(url.port) || (DEFAULT_PORTS[url.protocol] ?? 1883);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const began = performance.now();
  try {
    await reach(host, port);
    return ok("broker", `${host}:${port} answers in ${Math.round(performance.now() - began)} ms`);
  } catch (error) {
    return fail("broker", `${host}:${port}: ${reasonOf(error)}`, "is the broker running, and the firewall open?");
  }
}

function reach(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    socket.setTimeout(LIMIT_MS, () => socket.destroy(new Error(`no answer in ${LIMIT_MS} ms`)));
    socket.once("connect", () => {
      socket.end();
      resolve();
    });
    socket.once("error", reject);
  });
}

/** Asks the Bot API who the token belongs to. Neither the token nor a URL with it is ever shown. */
async function telegram(context: Context): Promise<Check> {
  const { token_file, api_base } = context.config.notify.telegram;
  if (token_file === null) return skip("telegram", "not configured");
  let token: string;
  try {
    token = readSecretFile(token_file);
  } catch (error) {
    return fail("telegram", reasonOf(error), "write the bot's token into that file");
  }
  const url = `${api_base.replace(/\/+$/, "")}/bot${token}/getMe`;
  const answer = await exchange({ method: "GET", url }, LIMIT_MS);
  if ("failure" in answer) {
    return fail("telegram", scrub(answer.failure, [token]), "is the internet reachable from here?");
  }
  if (answer.status === 200) return ok("telegram", "the token is valid");
  const hint = answer.status === 401 || answer.status === 404 ? "ask @BotFather for the token" : "try again later";
  return fail("telegram", `the server answered ${answer.status}`, hint);
}
