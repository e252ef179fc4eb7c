import { z } from "zod";
import { file, whole } from "../keys.ts";
import { PAGE_IN_MEMORY } from "../usual-places.ts";

/** `page:` the status page. */
// biome-ignore format: a key a line
export const pageSection = z.strictObject({
  file: file(`Where the page is written, whole or not at all; null = ${PAGE_IN_MEMORY}, in memory (with another station.state_dir: www/index.html in it)`),
  refresh_s: whole(10, 3600, 60, "s after which an open page renews itself"),
  disk_every_s: whole(0, 3600, 1200, "s between two writings of the page where its folder is on a card or disk and not in memory; news of trouble or of the grid switch is written at once; 0 = each minute"),
  cell_order: z
    .enum(["down", "around", "around-turned", "across"])
    .default("down")
    .describe(
      "How the cells stand in the pack's two columns: down both, down and back up, the same from its other end, or 1 2 / 3 4",
    ),
  cell_full_colour_mv: whole(3, 300, 30, "mV from the median cell that give the strongest colour"),
});
