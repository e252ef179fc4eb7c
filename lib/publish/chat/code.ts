/** The four digits that make an order real. What is stored of them is a seal that only holders of the bot's token can check. */
import { createHmac, randomInt, timingSafeEqual } from "node:crypto";

export function newCode(): string {
  return String(randomInt(10_000)).padStart(4, "0");
}

/** `order`: what tells this order from every other one, so that no seal fits twice. */
export function sealOf(code: string, order: string, secret: string): string {
  return createHmac("sha256", secret).update(`${order}:${code}`).digest("hex");
}

/** Takes as long for a wrong code as for the right one. */
export function isSealOf(seal: string, code: string, order: string, secret: string): boolean {
  const [mine, given] = [seal, sealOf(code, order, secret)].map((text) => Buffer.from(text, "utf8")) as [
    Buffer,
    Buffer,
  ];
  return mine.length === given.length && timingSafeEqual(mine, given);
}
