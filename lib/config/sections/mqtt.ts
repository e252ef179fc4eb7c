import { z } from "zod";
import { failure } from "../../base/failure/failure.ts";
import { file, flag, form, refuse, whole } from "../keys.ts";

const level = z.string().regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/, form("form_topic"));
/** `mqtt:` the broker, Home Assistant's discovery, commands. */
// biome-ignore format: a key a line
export const mqttSection = z
  .strictObject({
    enabled: flag(false, "Publish at all; mqtt-push does nothing otherwise"),
    url: z
      .string()
      .regex(
        /^(mqtts?|wss?):\/\/[^\s@/:]+(:\d{1,5})?(\/[^\s@]*)?$|^(mqtts?|wss?):\/\/\[[0-9a-fA-F:]+\](:\d{1,5})?(\/[^\s@]*)?$/,
        form("form_broker"),
      )
      .default("mqtt://127.0.0.1:1883")
      .describe("Broker: mqtt://, mqtts://, ws:// or wss://; credentials do not belong here"),
    username: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe("User; null when password_file holds user and password"),
    password_file: file("File, mode 0600: the password, or one line `user password` when username is null"),
    ca_file: file("PEM of the authority that signed the broker's certificate; null = the system's"),
    cert_file: file("PEM of this client's certificate, where the broker asks for one"),
    key_file: file("PEM of its key, mode 0600"),
    client_id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, form("form_client_id"))
      .nullable()
      .default(null)
      .describe("Fixed client id, one per station; null = station.id with _mqtt_push behind it"),
    base_topic: level.nullable().default(null).describe("First levels of all topics; null = station.id"),
    discovery: flag(true, "Publish Home Assistant's discovery messages"),
    discovery_prefix: level
      .default("homeassistant")
      .describe("First level of discovery topics, as set in Home Assistant"),
    original_topics: flag(false, "Publish the topics and keys of the original's MQTT client too, for dashboards that were built on them"),
    commands: flag(true, "Offer switches, numbers, selects and buttons, and take their commands; false = only show"),
    keepalive_s: whole(5, 600, 30, "s between two signs of life of an open connection"),
    timeout_s: whole(1, 30, 8, "s to wait for the connection, and for acknowledgements"),
    expire_after_s: whole(30, 3600, 180, "s without news after which Home Assistant shows a sensor as unavailable: three cron periods"),
    min_interval_s: whole(0, 600, 10, "s between two states of a device that is polled faster; a changed state, fault or setting goes out at once"),
    will_delay_s: whole(0, 3600, 180, "s after the last run until the broker reports the station as offline"),
    session_expiry_s: whole(1, 86400, 300, "s after the last run until the broker forgets this client with the commands that wait for it"),
    command_max_age_s: whole(10, 3600, 120, "s after which a command is refused (and dropped by the broker, where Home Assistant knows how)"),
    duplicate_window_s: whole(0, 600, 5, "s within which the same payload for the same control, without a time in it, is the same command"),
    max_commands: whole(1, 500, 30, "Commands taken in one run; further ones are refused"),
    backlog: flag(false, "Publish every sample with its time on …/history, those of a broker outage included"),
    backlog_days: whole(1, 60, 7, "d; older samples are not sent any more"),
  })
  .superRefine((mqtt, context) => {
    const { session_expiry_s: expiry, will_delay_s: delay } = mqtt;
    if (expiry < delay) refuse(context, ["session_expiry_s"], failure("session_too_short", { expiry, delay }));
    if ((mqtt.cert_file === null) !== (mqtt.key_file === null)) {
      refuse(context, ["key_file"], failure("certificate_or_key"));
    }
    if (mqtt.username !== null && mqtt.password_file === null) {
      refuse(context, ["username"], failure("user_without_password"));
    }
  });
