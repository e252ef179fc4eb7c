/** Shares jobs among processes of the same script, which it starts with `--worker`. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A small machine has other things to do. */
const MOST = 2;

/** What became of each job, in the order in which they ended. */
export async function inWorkers<Job, Outcome>(
  script: string,
  jobs: readonly Job[],
  workers = MOST,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = fork(fileURLToPath(script), ["--worker"], { execArgv: process.execArgv });
      const feed = (): void => {
        const job = jobs[next];
        next += 1;
        if (job) child.send(job);
        else child.disconnect();
      };
      child.on("message", (outcome: Outcome) => {
        outcomes.push(outcome);
        feed();
      });
      child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with code ${code}`))));
      feed();
    });
  await Promise.all(Array.from({ length: Math.min(workers, MOST) }, one));
  return outcomes;
}

/** In a worker: does each job that comes. False = this process is none. */
export function isWorker<Job, Outcome>(run: (job: Job) => Outcome): boolean {
  if (process.argv[2] !== "--worker") return false;
  process.on("message", (job: Job) => process.send?.(run(job)));
  return true;
}
