/** State of the installed station. */
export const USUAL_STATE_DIR = "/var/lib/solar-station";

/** Its page: in memory, in a folder that is made at each start of the board (packaging/tmpfiles.conf). */
export const PAGE_IN_MEMORY = "/run/solar-station/www/index.html";
