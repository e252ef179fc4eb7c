/**
 * Tables of the "RS485 Modbus V1.0/V1.1" dialect (PB series and others whose port is set to 001). `offset` is a BYTE offset: the
 * register address is base + offset while the count of a read is in words, so the next read starts at start + 2 x count.
 * Big-endian over Modbus, little-endian in the 55AAEB90 frames; two bytes in one word keep their order in both.
 */

/** Register address of each block. */
export const PB_BLOCKS = { settings: 0x1000, status: 0x1200, device_info: 0x1400 } as const;
export type PbBlock = keyof typeof PB_BLOCKS;

/** Reads of at most 40 words, the largest that every known firmware answers; `start` is a register address. */
export const PB_READS = {
  settings: [
    { start: 0x1000, count: 40 },
    { start: 0x1050, count: 28 },
    { start: 0x1108, count: 9 },
  ],
  status: [
    { start: 0x1200, count: 37 },
    { start: 0x128a, count: 36 },
    { start: 0x12f8, count: 3 },
  ],
  device_info: [{ start: 0x1400, count: 20 }],
} as const;

/** 32 cell voltages in mV (u16) of the status block; which of them exist says `cell_presence`. */
export const PB_CELLS = { offset: 0x00, count: 32 } as const;
