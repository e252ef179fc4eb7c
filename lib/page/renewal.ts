/** What tells the time of making and the ages of data, and nothing else. */
const CLOCKS = / data-(?:made|at)="\d+"|<time>[^<]*<\/time>|<i class="count">[^<]*<\/i>/g;
/** A time that the page counts on from, and the age at which it would say "old". */
const LIMITED = / data-(?:made|at)="(\d+)" data-max="(\d+)"/g;

const MADE = / data-made="(\d+)"/;
const NEWS = / data-news="[^"]*"/;

/**
 * Whether the file has to be written: it says something else than the new page, or it would look old before long while there is newer
 * data. A device that is silent has none: its age is counted on by the page itself. On a card it waits `every_s` with all but news: values
 * change each minute, and a card wears.
 */
export function mustRenew(standing: string, fresh: string, now: number, every_s: number): boolean {
  const age_s = now - Number(MADE.exec(standing)?.[1]);
  const isNews = NEWS.exec(standing)?.[0] !== NEWS.exec(fresh)?.[0];
  if (!isNews && age_s >= 0 && age_s < every_s) return false;
  if (standing.replace(CLOCKS, "") !== fresh.replace(CLOCKS, "")) return true;
  const newer = [...fresh.matchAll(LIMITED)];
  return [...standing.matchAll(LIMITED)].some(([, at, max], index) => {
    const isNewer = newer[index]?.[1] !== at;
    return isNewer && 2 * (now - Number(at)) > Number(max);
  });
}
