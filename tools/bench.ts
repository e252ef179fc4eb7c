/** `npm run bench`: the figures that matter on a slow board in one table, each beside its floor in the same run. Never part of the tests. */
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { benchBoard } from "./bench/board.ts";
import { benchMinute, ROUNDS } from "./bench/minute.ts";
import { benchMqtt } from "./bench/mqtt.ts";
import { type Row, tableOf } from "./bench/row.ts";
import { benchScale } from "./bench/scale.ts";
import { benchStore } from "./bench/store.ts";
import { benchWire } from "./bench/wire.ts";

const sections: Readonly<Record<string, () => Promise<Row[]>>> = {
  minute: benchMinute,
  wire: benchWire,
  mqtt: benchMqtt,
  scale: benchScale,
  store: benchStore,
  board: benchBoard,
};

const words = process.argv.slice(2).map((word) => word.replace(/^--/, ""));
const chosen = words.filter((word) => word !== "write");
for (const word of chosen)
  if (!(word in sections)) throw new Error(`${word}: expected ${Object.keys(sections).join(", ")}`);
const rows: Row[] = [];
for (const [name, section] of Object.entries(sections)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  console.error(`${name} …`);
  rows.push(...(await section()));
}
const machine = `Node ${process.version} on ${process.arch}; load of the machine ${loadavg()[1]?.toFixed(1)} when it ended`;
console.log(`${machine}\n\n${tableOf(rows)}`);
// A part is written down only when asked for: what it does not measure is gone from the page.
if (chosen.length === 0 || words.includes("write")) writeFileSync("docs/reference/performance.md", page());

function page(): string {
  return `<!-- Written by \`npm run bench\`; run it to renew the figures. -->

# What a minute costs

Whole processes in the environment of cron, against simulated devices at their real speed, with a month of minutes in the state
file. The floor is measured or computed in the same run: bare \`node -e 0\` for CPU and memory, the time of bytes and gaps for a wire. The
ratio holds on a slower or a busier machine, the milliseconds do not. Median of ${ROUNDS} rounds. CPU is user and system time; bytes and fsyncs are
counted at the system calls.
${machine}.${chosen.length === 0 ? "" : ` Measured in this run: ${chosen.join(", ")}.`}

${tableOf(rows)}
`;
}
