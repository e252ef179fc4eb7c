/** Where the figures that the rules go by come from. */
export type SocSource = "voltage" | "counter" | "neither";

/** Where the voltage of a cell comes from: the BMS's cells or pack, or the inverter's terminals when the BMS says nothing. */
export type LevelSource = "bms" | "terminal";
