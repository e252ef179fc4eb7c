import { type Failure, failure } from "./failure/failure.ts";

/** The candidate nearest to a mistyped word, or null when none is near (more than a third of the letters differ). */
export function closest(word: string, candidates: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.floor(word.length / 3) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Edit distance in which two neighbours that changed places count once: "prot" for "port" is the commonest slip. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(change, (previous[j] as number) + 1, (current[j - 1] as number) + 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) least = Math.min(least, (before[j - 2] as number) + 1);
      current.push(least);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] as number;
}

/** The end of a failure about a word that nobody knows, as its last value: `; did you mean X?`, or nothing when none is near. */
export function nearest(word: string, candidates: readonly string[], prefix = ""): readonly Failure[] {
  const near = closest(word.toLowerCase(), candidates);
  return near === null ? [] : [failure("did_you_mean", { word: `${prefix}${near}` })];
}
