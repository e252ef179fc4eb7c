import { z } from "zod";
import { ORDER_FILES } from "../../devices/index.ts";
import { file, flag, whole } from "../keys.ts";

/** `orders:` command files, life and limits of orders. */
// biome-ignore format: a key a line
export const ordersSection = z.strictObject({
  inverter_file: file("Command file of the inverter; null = inverter_cmd.lst in station.state_dir. Its log is beside it, .log"),
  bms_file: file(`Command file of the BMS; null = ${ORDER_FILES.bms} in station.state_dir`),
  life_s: whole(60, 86400, 900, "s after which an order that was not sent is never sent, from the time it was written"),
  daily_writes: whole(1, 1000, 12, "Changes of one setting in 24 h that automatic writers may make; the owner's hand is free"),
  daily_mqtt_writes: whole(1, 1000, 60, "Changes of one setting in 24 h that may come over MQTT, where a person's click and an automation look alike"),
  daily_device_writes: whole(1, 10000, 60, "Writes to one device in 24 h that automatic writers may make, all settings together; its memory wears"),
  feed_in_consent: flag(false, "The owner's consent to sell battery energy: discharge_to_grid (20108) becomes an ordinary switch, in Home Assistant too. Whether it is allowed, only the grid operator can say"),
  trusted_uids: z
    .array(z.int().min(0).max(4294967295))
    .max(16)
    .default([])
    .describe("User ids whose command files are taken, beside root and the user who runs the dump commands"),
});
