/**
 * What one JSON value changes in another: `[steps, value, steps, value, …]`. Nodes are counted in the order of the text, each value one,
 * and so many steps after the last changed one (the root is 1) the whole of a node is another value. Short where two are much alike;
 * an array of another length and an object with other keys is kept whole.
 */
export type Changes = readonly unknown[];

type Tree = Readonly<Record<string, unknown>>;

/** What makes `to` of `from`, both as JSON.parse gives them. */
export function changesBetween(from: unknown, to: unknown): Changes {
  const changes: unknown[] = [];
  let node = 0;
  let last = 0;
  const compare = (old: unknown, value: unknown): void => {
    node++;
    if (old === value) return;
    if (isTree(old) && isTree(value) && alike(old, value)) {
      for (const key in old) compare(old[key], value[key]);
      return;
    }
    changes.push(node - last, value);
    last = node;
    node += within(old);
  };
  compare(from, to);
  return changes;
}

/** The value that `changesBetween` was given as `to`. */
export function withChanges(from: unknown, changes: Changes): unknown {
  let node = 0;
  let place = 0;
  let next = Number(changes[0]);
  const made = (old: unknown): unknown => {
    node++;
    if (node === next) {
      const value = changes[place + 1];
      place += 2;
      next += Number(changes[place]);
      node += within(old);
      return value;
    }
    if (!isTree(old)) return old;
    if (Array.isArray(old)) return old.map(made);
    return Object.fromEntries(Object.entries(old).map(([key, value]) => [key, made(value)]));
  };
  return made(from);
}

/** Nodes below one. */
function within(value: unknown): number {
  if (!isTree(value)) return 0;
  let count = 0;
  for (const key in value) count += 1 + within(value[key]);
  return count;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null;
}

function alike(old: Tree, value: Tree): boolean {
  if (Array.isArray(old) !== Array.isArray(value)) return false;
  const [keys, others] = [Object.keys(old), Object.keys(value)];
  return keys.length === others.length && keys.every((key, index) => key === others[index]);
}
