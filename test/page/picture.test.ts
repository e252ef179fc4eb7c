import assert from "node:assert/strict";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import { Canvas, wrapped } from "../../lib/page/picture/canvas.ts";
import { dayPicture } from "../../lib/page/picture/day-picture.ts";
import { glyphOf } from "../../lib/page/picture/font.ts";
import { LANGUAGE_CODES } from "../../lib/words/index.ts";
import { SITUATIONS } from "./fixtures.ts";

/** Size and dots (numbers of colours) of a PNG as it is written here. */
function read(png: Buffer): { width: number; height: number; dots: Uint8Array } {
  assert.equal(png.subarray(1, 4).toString("latin1"), "PNG");
  const parts = new Map<string, Buffer>();
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    parts.set(png.subarray(at + 4, at + 8).toString("latin1"), png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const head = parts.get("IHDR") as Buffer;
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  const rows = inflateSync(parts.get("IDAT") as Buffer);
  const row_bytes = Math.ceil(width / 2) + 1;
  const dots = Uint8Array.from({ length: width * height }, (_, index) => {
    const [x, y] = [index % width, Math.floor(index / width)];
    return ((rows[y * row_bytes + 1 + (x >> 1)] ?? 0) >> (x % 2 === 0 ? 4 : 0)) & 15;
  });
  return { width, height, dots };
}

test("every letter of both languages is drawn, none like another that reads otherwise", () => {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%.,:;!?()−+°";
  const cyrillic = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюя";
  const seen = new Map<string, string>();
  for (const letter of letters + cyrillic) {
    const dots = glyphOf(letter);
    assert.equal(dots.length, 9, letter);
    assert.ok(dots.every((row) => /^[.#]{5}$/.test(row)) && dots.join("").includes("#"), letter);
    assert.ok(letter === "?" || dots.join() !== glyphOf("?").join(), `${letter} is drawn`);
    const twin = seen.get(dots.join());
    assert.ok(
      twin === undefined ||
        "АAВBЕEКKМMНHОOРPСCТTХXаaеeоoрpсcуyхx".includes(twin + letter) ||
        "АAВBЕEКKМMНHОOРPСCТTХXаaеeоoрpсcуyхx".includes(letter + twin),
      `${letter} looks like ${twin}`,
    );
    seen.set(dots.join(), letter);
  }
});

test("boxes and lines stay inside, and the file says dot by dot what was drawn", () => {
  const canvas = new Canvas(5, 3, { paper: "#ffffff", ink: "#000000" });
  canvas.box(-3, 1, 5, 1, "ink");
  canvas.line(
    [
      { x: 4, y: -5 },
      { x: 4, y: 50 },
    ],
    "ink",
    1,
  );
  assert.deepEqual([...read(canvas.png()).dots], [0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 1]);
  assert.deepEqual(wrapped("one two three", 50, 1), ["one two", "three"]);
});

for (const language of LANGUAGE_CODES) {
  test(`a day as a picture is small and holds every line, in ${language}`, () => {
    const model = SITUATIONS.outage(language);
    const png = dayPicture(model);
    assert.ok(png.length < 40_000, `${png.length} bytes`);
    const { width, height, dots } = read(png);
    assert.deepEqual([width, height], [960, 720]);
    assert.ok(new Set(dots).size >= 8, "its colours");
    const empty = {
      ...model,
      day: { ...model.day, soc: [], pv_power: [], load_power: [], grid_power: [], battery_power: [] },
    };
    assert.ok(dayPicture(empty).length < png.length, "a station without samples has one too");
  });
}
