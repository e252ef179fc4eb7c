/** Lower-case hex without separators; the form of captures and of -vv. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Bytes from hex with optional spaces. @throws RangeError when it is not an even number of hex digits. */
export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/[\s:]+/g, "");
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits))
    throw new RangeError(`not hex bytes: ${text.slice(0, 40)}`);
  return Uint8Array.from(Buffer.from(digits, "hex"));
}
