import assert from "node:assert/strict";
import { test } from "node:test";
import { STYLE } from "../../lib/page/style.ts";

const linear = (byte: number): number =>
  byte <= 10.31475 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4;

/** Lightness L* as someone without green cones sees it (Machado 2009, severity 1). */
function lightness(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => linear(Number.parseInt(hex.slice(at, at + 2), 16)));
  const seen = [
    0.367322 * r + 0.860646 * g - 0.227968 * b,
    0.280085 * r + 0.672501 * g + 0.047413 * b,
    -0.01182 * r + 0.04294 * g + 0.968881 * b,
  ].map((value) => Math.max(0, Math.min(1, value))) as [number, number, number];
  const y = 0.2126 * seen[0] + 0.7152 * seen[1] + 0.0722 * seen[2];
  return y > 0.008856 ? 116 * Math.cbrt(y) - 16 : 903.3 * y;
}

test("sun, battery, house and grid differ in lightness for those who tell no red from green", () => {
  const schemes = [...STYLE.matchAll(/--sun:(#\w{6}).*?--house:(#\w{6}).*?--grid:(#\w{6}).*?--battery:(#\w{6})/g)];
  assert.ok(schemes.length >= 2, "light and dark");
  for (const [, ...colours] of schemes) {
    const sorted = colours.map((colour) => lightness(colour as string)).sort((a, b) => a - b);
    for (const [index, value] of sorted.entries()) {
      if (index > 0) assert.ok(value - (sorted[index - 1] as number) >= 15, `${colours}: ${sorted.map(Math.round)}`);
    }
  }
});

test("so do the lines of the highest and the lowest cell", () => {
  const schemes = [...STYLE.matchAll(/--house:(#\w{6}).*?--hot:(#\w{6})/g)];
  assert.ok(schemes.length >= 2, "light and dark");
  for (const [, house, hot] of schemes) assert.ok(lightness(hot as string) - lightness(house as string) >= 15);
});
