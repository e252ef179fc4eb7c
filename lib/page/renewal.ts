/** What tells the time of making and the ages of data, and nothing else. */
const CLOCKS = / data-(?:made|at)="\d+"|<time>[^<]*<\/time>|<i class="count">[^<]*<\/i>/g;
/** A time that the page counts on from, and the age at which it would say "old". */
const LIMITED = / data-(?:made|at)="(\d+)" data-max="(\d+)"/g;

/**
 * Whether the file has to be written: it says something else than the new page, or it would look old before long while there is newer
 * data. A device that is silent has none: its age is counted on by the page itself.
 */
export function mustRenew(standing: string, fresh: string, now: number): boolean {
  if (standing.replace(CLOCKS, "") !== fresh.replace(CLOCKS, "")) return true;
  const newer = [...fresh.matchAll(LIMITED)];
  return [...standing.matchAll(LIMITED)].some(([, at, max], index) => {
    const isNews = newer[index]?.[1] !== at;
    return isNews && 2 * (now - Number(at)) > Number(max);
  });
}
