/** Drawing on a picture of few colours: boxes, lines, texts. Whatever lies outside is not drawn. */
import { GLYPH, glyphOf } from "./font.ts";
import { pngOf } from "./png.ts";

export class Canvas<Colour extends string> {
  readonly #dots: Uint8Array;
  readonly #numbers: ReadonlyMap<string, number>;

  /** The first colour is the ground. */
  constructor(
    readonly width: number,
    readonly height: number,
    private readonly colours: Readonly<Record<Colour, string>>,
  ) {
    this.#dots = new Uint8Array(width * height);
    this.#numbers = new Map(Object.keys(colours).map((name, at) => [name, at]));
  }

  png(): Buffer {
    const { width, height, colours } = this;
    return pngOf({ width, height, dots: this.#dots, colours: Object.values(colours) });
  }

  box(x: number, y: number, width: number, height: number, colour: Colour): void {
    const number = this.#numbers.get(colour) ?? 0;
    const [left, right] = [Math.max(0, Math.round(x)), Math.min(this.width, Math.round(x + width))];
    const [top, bottom] = [Math.max(0, Math.round(y)), Math.min(this.height, Math.round(y + height))];
    for (let row = top; row < bottom; row++) {
      if (right > left) this.#dots.fill(number, row * this.width + left, row * this.width + right);
    }
  }

  /** A thick line through points; null breaks it. `dash`: dots drawn and left out, along the line. */
  line(
    points: readonly ({ readonly x: number; readonly y: number } | null)[],
    colour: Colour,
    thick: number,
    dash?: readonly [number, number],
  ): void {
    let before: { readonly x: number; readonly y: number } | null = null;
    let run = 0;
    for (const point of points) {
      if (point !== null && before !== null) {
        const steps = Math.max(1, Math.ceil(Math.max(Math.abs(point.x - before.x), Math.abs(point.y - before.y))));
        for (let step = 0; step <= steps; step++) {
          const x = before.x + ((point.x - before.x) * step) / steps;
          const y = before.y + ((point.y - before.y) * step) / steps;
          if (step > 0) run++;
          if (!dash || run % (dash[0] + dash[1]) < dash[0])
            this.box(x - thick / 2, y - thick / 2, thick, thick, colour);
        }
      }
      before = point;
    }
  }

  /** A text with its upper left corner, or by `from`, its middle or right end there. Returns its width. */
  text(
    x: number,
    y: number,
    text: string,
    colour: Colour,
    scale: number,
    from: "left" | "middle" | "right" = "left",
  ): number {
    const width = widthOf(text, scale);
    let left = from === "left" ? x : from === "right" ? x - width : x - width / 2;
    for (const character of text) {
      // Narrow and fixed spaces are spaces here.
      for (const [row, dots] of glyphOf(character).entries()) {
        for (const [column, dot] of [...dots].entries()) {
          if (dot === "#") this.box(left + column * scale, y + row * scale, scale, scale, colour);
        }
      }
      left += GLYPH.step * scale;
    }
    return width;
  }
}

export function widthOf(text: string, scale: number): number {
  return Math.max(0, [...text].length * GLYPH.step - 1) * scale;
}

/** Words in lines no wider than `width`; a word that is too long alone stands alone. */
export function wrapped(text: string, width: number, scale: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/ +/)) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && widthOf(longer, scale) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
