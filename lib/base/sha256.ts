/**
 * SHA-256 (FIPS 180-4) of something short: a path, a name. Loading Node's own for it costs a run of a minute as much as a twentieth of all
 * its work; what is long, or secret, is Node's.
 */
export function sha256(text: string): Buffer {
  const bytes = Buffer.from(text, "utf8");
  const blocks = Math.ceil((bytes.length + 9) / BLOCK);
  const padded = Buffer.alloc(blocks * BLOCK);
  bytes.copy(padded);
  padded[bytes.length] = 0x80;
  padded.writeUInt32BE(bytes.length * 8, padded.length - 4);
  const hash = Uint32Array.from(START);
  const words = new Uint32Array(64);
  for (let at = 0; at < padded.length; at += BLOCK) addBlock(hash, words, padded, at);
  const digest = Buffer.alloc(32);
  for (const [index, word] of hash.entries()) digest.writeUInt32BE(word, 4 * index);
  return digest;
}

const BLOCK = 64;

/** First 32 bits of the fractions of the square roots of the first primes, and of their cube roots. */
// biome-ignore format: eight a row.
const START = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];
// biome-ignore format: likewise.
const ROUNDS = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

function addBlock(hash: Uint32Array, words: Uint32Array, bytes: Buffer, at: number): void {
  const w = (index: number) => words[index] as number;
  for (let t = 0; t < 16; t++) words[t] = bytes.readUInt32BE(at + 4 * t);
  for (let t = 16; t < 64; t++) {
    const small0 = turned(w(t - 15), 7) ^ turned(w(t - 15), 18) ^ (w(t - 15) >>> 3);
    const small1 = turned(w(t - 2), 17) ^ turned(w(t - 2), 19) ^ (w(t - 2) >>> 10);
    words[t] = w(t - 16) + small0 + w(t - 7) + small1;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = hash;
  for (let t = 0; t < 64; t++) {
    const big1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const first = (h + big1 + ((e & f) ^ (~e & g)) + (ROUNDS[t] as number) + w(t)) | 0;
    const big0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const second = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    // One by one: it is run once and never compiled, and a list of eight for each round would be made.
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) hash[index] = (hash[index] as number) + word;
}

function turned(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}
