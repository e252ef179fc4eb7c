import { z } from "zod";
import { failure } from "../../base/failure/failure.ts";
import { file, flag, form, refuse, whole } from "../keys.ts";

const webAddress = z.string().regex(/^https?:\/\/[^\s]+$/, form("form_web_address"));
const severity = z.enum(["info", "warning", "critical"]);
const hour = z.int().min(0).max(23);
const quietHours = z
  .strictObject({ from: hour, to: hour })
  .nullable()
  .default(null)
  .describe("Local hours in which only critical messages are sent, e.g. {from: 22, to: 7}; null = none");

const telegram = z
  .strictObject({
    token_file: file("File, mode 0600, with the bot's token; null = no Telegram"),
    chat_ids: z
      .array(z.union([z.int().transform(String), z.string().regex(/^(-?\d{1,20}|@\w{4,64})$/, form("form_chat_id"))]))
      .max(16)
      .default([])
      .describe("Users, groups (negative) or @channels that get the messages"),
    api_base: webAddress.default("https://api.telegram.org").describe("Server of the Bot API"),
    min_severity: severity.default("info").describe("Least severity that is sent"),
    reports: flag(true, "Send the daily report"),
    quiet_hours: quietHours,
    commands: z
      .enum(["none", "questions", "orders"])
      .default("none")
      .describe(
        "What these chats may say: none = messages only go out; questions = /status, /why, /plan, /report, /chart are answered; orders = also /grid and /mode, each made real by a code",
      ),
    order_users: z
      .array(z.int().positive().transform(String))
      .max(16)
      .default([])
      .describe(
        "Numbers of the users whose orders count; empty = whoever a chat with one person is with, and nobody in a group",
      ),
  })
  .superRefine((given, context) => {
    if ((given.token_file !== null) === given.chat_ids.length > 0) return;
    if (given.token_file === null) refuse(context, ["token_file"], failure("chats_without_token"));
    else refuse(context, ["chat_ids"], failure("token_without_chats"));
  });

const regEvent = z.strictObject({
  url: webAddress.nullable().default(null).describe("Address of reg_event.php; null = not used"),
  method: z.enum(["POST", "GET"]).default("POST").describe("POST with the form field event, or GET with a parameter"),
  tag: z
    .string()
    .min(1)
    .max(64)
    .nullable()
    .default(null)
    .describe("Parameter tag; null = ALERT, WARN or REPORT by severity, as the original's"),
  host: z
    .string()
    .min(1)
    .max(64)
    .nullable()
    .default(null)
    .describe("Parameter host; null = the name of this computer, as the original's"),
  flags: whole(0, 65535, 0, "Parameter flags"),
  min_severity: severity.default("info").describe("Least severity that is sent"),
  reports: flag(false, "Send the daily report"),
  hourly_reports: z
    .strictObject({ from: hour, to: hour })
    .nullable()
    .default(null)
    .describe("Local hours at which the report of the day so far is sent, e.g. {from: 15, to: 21}; null = none"),
  quiet_hours: quietHours,
});

const kmsg = z.strictObject({
  enabled: flag(false, "One line an event in the kernel log, as the original had it"),
  path: z.string().startsWith("/").default("/dev/kmsg").describe("The device; the user needs write access to it"),
  min_severity: severity.default("warning").describe("Least severity that is written"),
});

const deadMan = z
  .strictObject({
    url: webAddress.nullable().default(null).describe("Asked (GET) after a good run; null = not used, or in url_file"),
    url_file: file("File, mode 0600, with that address when it is a secret itself"),
    every_s: whole(0, 86400, 300, "s between two pings; 0 = after every good run"),
  })
  .superRefine((given, context) => {
    if (given.url === null || given.url_file === null) return;
    refuse(context, ["url_file"], failure("url_twice"));
  });

/** `notify:` where messages go. */
export const notifySection = z.strictObject({
  telegram: telegram.prefault({}).describe("Telegram bot"),
  reg_event: regEvent.prefault({}).describe("The original's web hook"),
  kmsg: kmsg.prefault({}).describe("Kernel log"),
  dead_man: deadMan.prefault({}).describe("Dead man's switch: a watch service that reports our silence"),
});
