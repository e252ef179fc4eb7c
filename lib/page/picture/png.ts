/** A picture of few colours as a PNG file. */
import { deflateSync } from "node:zlib";

interface Picture {
  readonly width: number;
  readonly height: number;
  /** One byte a dot, row by row: the number of its colour. */
  readonly dots: Uint8Array;
  /** "#rrggbb", at most 16. */
  readonly colours: readonly string[];
}

/** Four bits a dot and a palette: lines and texts take a few kilobytes. */
export function pngOf({ width, height, dots, colours }: Picture): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // Bits a dot, colours by palette; compression, filter and interlace as everybody has them.
  head.set([4, 3, 0, 0, 0], 8);
  const row_bytes = Math.ceil(width / 2);
  const rows = Buffer.alloc((row_bytes + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * (row_bytes + 1) + 1 + (x >> 1);
      rows[at] = (rows[at] ?? 0) | ((dots[y * width + x] ?? 0) << (x % 2 === 0 ? 4 : 0));
    }
  }
  const palette = Buffer.from(colours.map((colour) => colour.slice(1)).join(""), "hex");
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("PLTE", palette),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const frame = Buffer.alloc(4);
  const sum = Buffer.alloc(4);
  frame.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([frame, body, sum]);
}

/** CRC-32 of PNG and zip; the one of node:zlib is younger than the oldest Node that we serve. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
