/** Where a simulated inverter has its words from: a register image, or a plant behind it. */
export interface InverterSource {
  /** Word at this address now; undefined: the register does not exist. */
  read(address: number): number | undefined;
  /** Takes a word; returns a Modbus exception code when refused. */
  write(address: number, word: number): number | undefined;
}
