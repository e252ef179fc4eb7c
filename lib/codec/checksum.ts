/** CRC-16/MODBUS (reflected 0xA001, initial 0xFFFF). On the wire the low byte goes first. */
export function crc16Modbus(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = 0xffff;
  for (let i = start; i < end; i++) {
    crc ^= bytes[i] as number;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}

/** Arithmetic sum of bytes modulo 2^bits (a JK reply: 16 bits; a JK frame of 300 bytes: 8 bits). */
export function byteSum(bytes: Uint8Array, start: number, end: number, bits: 8 | 16): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += bytes[i] as number;
  return sum % 2 ** bits;
}
