import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";

const LIB = resolve(import.meta.dirname, "../../lib");

/** Files of ours that a file imports, types included. */
function importsOf(file: string): string[] {
  const found = readFileSync(file, "utf8").matchAll(/^(?:import|export)\s[^"=]*?from\s+"(\.[^"]+)"/gm);
  return [...found].map((match) => resolve(dirname(file), match[1] as string));
}

/** Every group of files that reach each other by their imports (Tarjan). */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    low.set(file, order.get(file) as number);
    stack.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      else if (!stack.includes(next)) continue;
      low.set(file, Math.min(low.get(file) as number, low.get(next) as number));
    }
    if (low.get(file) !== order.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1) found.push(group.map((name) => relative(LIB, name)).sort());
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return found;
}

test("a circle is found where there is one", () => {
  const graph = new Map([
    [join(LIB, "a"), [join(LIB, "b")]],
    [join(LIB, "b"), [join(LIB, "c")]],
    [join(LIB, "c"), [join(LIB, "b")]],
  ]);
  assert.deepEqual(circles(graph), [["b", "c"]]);
});

test("no files import each other in a circle, types included", () => {
  const files = readdirSync(LIB, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const graph = new Map(files.map((name) => [join(LIB, name), importsOf(join(LIB, name))]));
  assert.deepEqual(circles(graph), []);
});
