// What V8 recorded of many processes (NODE_V8_COVERAGE), brought home to the lines of the sources. A line counts as run when any code
// that was made of it ran in any process; a branch, when the first code of the block that V8 saw taken or not taken did.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Numbers of one segment of a source map. */
function numbersOf(segment) {
  const numbers = [];
  let value = 0;
  let shift = 0;
  for (const letter of segment) {
    const digit = DIGITS.indexOf(letter);
    value += (digit & 31) * 2 ** shift;
    shift += 5;
    if (digit & 32) continue;
    numbers.push(value % 2 === 1 ? -(value - 1) / 2 : value / 2);
    value = 0;
    shift = 0;
  }
  return numbers;
}

/**
 * Where each piece of a made file comes from, in the order of the made file: its offset, source, line (from 1) and column. A map may let a
 * piece begin at the space before it, which V8 does not count to its block: with the text of what was `made` it begins behind that.
 */
function piecesOf({ mappings, sources }, lineLengths, sourceOf, made = "") {
  const pieces = [];
  let lineStart = 0;
  let source = 0;
  let line = 0;
  let column = 0;
  for (const [index, text] of mappings.split(";").entries()) {
    let inLine = 0;
    for (const segment of text === "" ? [] : text.split(",")) {
      const [step, ofSource, ofLine, ofColumn] = numbersOf(segment);
      inLine += step;
      if (ofSource === undefined) continue;
      source += ofSource;
      line += ofLine;
      column += ofColumn;
      let offset = lineStart + inLine;
      while (made[offset] === " ") offset++;
      pieces.push({ offset, file: sourceOf(sources[source]), line: line + 1, column });
    }
    lineStart += (lineLengths[index] ?? 0) + 1;
  }
  return pieces;
}

/** Parts of the first list that lie in the second too; both of [from, to), in order. */
function common(some, others) {
  const found = [];
  for (let i = 0, j = 0; i < some.length && j < others.length; ) {
    const from = Math.max(some[i][0], others[j][0]);
    const to = Math.min(some[i][1], others[j][1]);
    if (from < to) found.push([from, to]);
    if (some[i][1] < others[j][1]) i++;
    else j++;
  }
  return found;
}

/** What did not run in one process: the outermost ranges with the count 0, in order. */
function notRun(functions) {
  const zero = functions.flatMap(({ ranges }) => ranges.filter(({ count }) => count === 0));
  const sorted = zero.map(({ startOffset, endOffset }) => [startOffset, endOffset]).sort((a, b) => a[0] - b[0]);
  const outer = [];
  for (const range of sorted) {
    const last = outer.at(-1);
    if (last && range[0] < last[1]) last[1] = Math.max(last[1], range[1]);
    else outer.push([...range]);
  }
  return outer;
}

/** Reads the records in `raw`; `commands` holds the bundles with a map beside each. Lines and branches of lib, by file. */
export function figures(raw, commands) {
  const scripts = new Map();
  const script = (url, pieces) => {
    if (!scripts.has(url)) scripts.set(url, { pieces: pieces(), idle: null, blocks: new Set() });
    return scripts.get(url);
  };
  const bundlePieces = (path) => () => {
    const map = JSON.parse(readFileSync(`${path}.map`, "utf8"));
    const text = readFileSync(path, "utf8");
    const lengths = text.split("\n").map((line) => line.length);
    return piecesOf(map, lengths, (source) => relative(".", resolve(dirname(path), source)), text);
  };
  for (const name of readdirSync(commands).filter((one) => one.endsWith(".cjs"))) {
    const path = join(commands, name);
    script(path, bundlePieces(path));
  }
  for (const name of readdirSync(raw)) {
    let record;
    try {
      record = JSON.parse(readFileSync(join(raw, name), "utf8"));
    } catch {
      continue; // Of a process that was killed while it wrote.
    }
    for (const { url, functions } of record.result) {
      if (!url.startsWith("file://")) continue;
      const path = fileURLToPath(url.replace(/\?.*$/, ""));
      const file = relative(".", path);
      const cached = record["source-map-cache"]?.[url];
      const isOurs = scripts.has(path) || (/^lib\/.*\.ts$/.test(file) && cached?.data && existsSync(path));
      if (!isOurs) continue;
      const one = script(path, () => piecesOf(cached.data, cached.lineLengths, () => file));
      const idle = notRun(functions);
      one.idle = one.idle === null ? idle : common(one.idle, idle);
      for (const { ranges, isBlockCoverage } of functions) {
        if (isBlockCoverage) for (const { startOffset } of ranges.slice(1)) one.blocks.add(startOffset);
      }
    }
  }
  return summed([...scripts.values()]);
}

function summed(scripts) {
  const places = new Map();
  const branches = new Set();
  for (const { pieces, idle, blocks } of scripts) {
    const sleeping = idle ?? [[0, Number.POSITIVE_INFINITY]];
    const waiting = [...blocks].sort((a, b) => a - b);
    let range = 0;
    for (const { offset, file, line, column } of pieces) {
      if (!/^lib\/.*\.ts$/.test(file)) continue;
      while (range < sleeping.length && sleeping[range][1] <= offset) range++;
      const ran = range >= sleeping.length || offset < sleeping[range][0];
      const place = `${file}:${line}:${column}`;
      places.set(place, (places.get(place) ?? false) || ran);
      while (waiting.length > 0 && waiting[0] <= offset) {
        // A block that begins in another file's code before this piece is none of ours.
        if (waiting.shift() > offset - 200) branches.add(place);
      }
    }
  }
  const files = new Map();
  const of = (file) => files.get(file) ?? files.set(file, { lines: new Map(), branches: [0, 0] }).get(file);
  for (const [place, ran] of places) {
    const [file, line] = place.split(":");
    const { lines } = of(file);
    lines.set(line, (lines.get(line) ?? false) || ran);
    if (branches.has(place)) {
      of(file).branches[0] += ran ? 1 : 0;
      of(file).branches[1] += 1;
    }
  }
  return [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, { lines, branches: counted }]) => ({
      file,
      lines: [[...lines.values()].filter(Boolean).length, lines.size],
      branches: counted,
      idle: [...lines]
        .filter(([, ran]) => !ran)
        .map(([line]) => Number(line))
        .sort((a, b) => a - b),
    }));
}
