import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { systemClock } from "../../lib/base/clock.ts";
import { BadCommand, type StationError } from "../../lib/base/errors.ts";
import {
  type Batch,
  type ClaimOptions,
  type Ledger,
  peekCommandFile,
  type Remembered,
  takeCommandFile,
} from "../../lib/orders/claim.ts";
import { tries } from "../support/campaign.ts";
import { scratchDirectory } from "../support/scratch.ts";

/** A ledger that forgets what a failed transaction did, like the real one. */
class MemoryLedger implements Ledger {
  lines: string[] = [];
  positions = new Map<string, Remembered>();
  atomically<T>(work: () => T): T {
    const lines = this.lines.length;
    const positions = new Map(this.positions);
    try {
      return work();
    } catch (error) {
      this.lines.length = lines;
      this.positions = positions;
      throw error;
    }
  }
  position(file: string): Remembered | null {
    return this.positions.get(file) ?? null;
  }
  advance(file: string, position: Remembered): void {
    this.positions.set(file, position);
  }
  forget(file: string): void {
    this.positions.delete(file);
  }
  keepOnly(files: ReadonlySet<string>): void {
    for (const file of [...this.positions.keys()]) if (!files.has(file)) this.positions.delete(file);
  }
}

/** A command file in its own folder, with everything that was taken from it. */
function inbox(t: TestContext, options: Partial<ClaimOptions> = {}) {
  const path = join(scratchDirectory(t), "inverter_cmd.lst");
  const ledger = new MemoryLedger();
  let now = () => systemClock.now();
  const all = (): ClaimOptions => ({ now: () => now(), ...options });
  const record = (batch: Batch) => ledger.lines.push(...batch.lines.map(({ text }) => text));
  return {
    path,
    ledger,
    take: (recorder: (batch: Batch) => void = record) => takeCommandFile(path, ledger, recorder, all()),
    peek: () => peekCommandFile(path, all()).map(({ text }) => text),
    later: (seconds: number) => {
      const before = now;
      now = () => before() + seconds;
    },
    claimed: () =>
      existsSync(join(path, "..", ".inverter_cmd.lst.claimed"))
        ? readdirSync(join(path, "..", ".inverter_cmd.lst.claimed"))
        : [],
  };
}

/** What a round could not take, as it is told. */
function troubleOf(trouble: readonly StationError[]): string {
  return trouble.map(({ message }) => message).join("\n");
}

test("takes the lines once, and a writer's next line makes a new file", (t) => {
  const box = inbox(t);
  box.take();
  writeFileSync(box.path, "20113=50\n20105=>1\n");
  assert.deepEqual(box.peek(), ["20113=50", "20105=>1"]);
  box.take();
  assert.equal(existsSync(box.path), false);
  appendFileSync(box.path, "20105=>0\n");
  box.take();
  box.take();
  assert.deepEqual(box.ledger.lines, ["20113=50", "20105=>1", "20105=>0"]);
});

test("a writer that had the file open before the claim loses nothing", (t) => {
  const box = inbox(t);
  const fd = openSync(box.path, "a");
  writeSync(fd, "20105=1\n");
  box.take();
  writeSync(fd, "20105=0\n");
  box.take();
  box.later(3600);
  writeSync(fd, "20113=50\n");
  box.take();
  writeSync(fd, "20113=60\n");
  box.take();
  assert.deepEqual(box.ledger.lines, ["20105=1", "20105=0", "20113=50", "20113=60"]);
  assert.equal(box.claimed().length, 1, "kept as long as this process holds it open");
});

test("a claimed file that has no news costs no write", (t) => {
  const box = inbox(t);
  writeFileSync(box.path, "20105=1\n");
  box.take();
  const { advance } = box.ledger;
  let writes = 0;
  box.ledger.advance = (...place) => {
    writes++;
    advance.apply(box.ledger, place);
  };
  box.take();
  assert.equal(writes, 0);
});

test("a claimed file goes when its writers are gone", (t) => {
  const box = inbox(t);
  writeFileSync(box.path, "20105=1\n");
  box.take();
  assert.equal(box.claimed().length, 1);
  box.later(100);
  box.take();
  assert.equal(box.claimed().length, 1);
  box.later(21);
  box.take();
  assert.deepEqual(box.claimed(), []);
  assert.equal(box.ledger.positions.size, 0, "nothing is remembered of a file that is gone");
  // Its inode number is free again: the same order in a new file is a new order.
  writeFileSync(box.path, "20105=1\n");
  box.take();
  assert.deepEqual(box.ledger.lines, ["20105=1", "20105=1"]);
});

test("a last line without newline is left until it is complete", (t) => {
  const box = inbox(t);
  writeFileSync(box.path, "20113=50\n20113=2");
  box.take();
  box.take();
  assert.deepEqual(box.ledger.lines, ["20113=50"]);
  appendFileSync(box.path, "05\n");
  box.take();
  box.take();
  assert.deepEqual(box.ledger.lines, ["20113=50", "20113=205"]);
});

test("a last line without newline is taken after 60 s", (t) => {
  const box = inbox(t);
  writeFileSync(box.path, "20105=1");
  box.take();
  assert.deepEqual(box.ledger.lines, []);
  box.later(61);
  box.take();
  box.take();
  assert.deepEqual(box.ledger.lines, ["20105=1"]);
});

test("a crash between rename and import, or in the import, is made good by the next round", (t) => {
  const box = inbox(t);
  writeFileSync(box.path, "20105=1\n20105=0\n");
  assert.throws(() =>
    box.take(() => {
      throw new RangeError("power cut");
    }),
  );
  assert.deepEqual(box.ledger.lines, []);
  box.take();
  box.take();
  assert.deepEqual(box.ledger.lines, ["20105=1", "20105=0"]);
});

test("the age of the file is told with its lines", (t) => {
  const box = inbox(t);
  writeFileSync(box.path, "20105=1\n");
  const hourAgo = systemClock.now() - 3600;
  utimesSync(box.path, hourAgo, hourAgo);
  const ages: number[] = [];
  box.take((batch) => ages.push(batch.written_s));
  assert.equal(ages.length, 1);
  assert.ok((ages[0] as number) >= 3600 && (ages[0] as number) < 3700, `${ages[0]}`);
});

const REFUSED: readonly [string, (path: string) => void, RegExp][] = [
  ["a symbolic link", (path) => symlinkSync("/etc/passwd", path), /symbolic link.*repair: rm /],
  ["a directory", (path) => mkdirSync(path), /is a directory.*repair: rmdir /],
  ["a pipe", (path) => execFileSync("mkfifo", [path]), /is a pipe.*repair: rm /],
  [
    "a file that everybody may write",
    (path) => {
      writeFileSync(path, "20105=1\n");
      chmodSync(path, 0o666);
    },
    /writable by everybody.*repair: chmod o-w /,
  ],
  [
    "a file of 100 MB",
    (path) => execFileSync("truncate", ["-s", "100M", path]),
    /has 104857600 bytes, more than 262144.*repair: mv /,
  ],
];

for (const [what, make, reason] of REFUSED) {
  test(`refuses ${what} with the command that repairs it`, (t) => {
    const box = inbox(t);
    make(box.path);
    for (let round = 0; round < 2; round++) {
      const trouble = box.take();
      assert.equal(trouble.length, 1);
      assert.ok(trouble[0] instanceof BadCommand);
      assert.match(trouble[0].message, reason);
      assert.throws(() => box.peek(), BadCommand);
    }
    assert.deepEqual(box.ledger.lines, []);
  });
}

const isRoot = process.geteuid?.() === 0;

test("refuses another user's file, unless that user is trusted", { skip: isRoot ? false : "needs root" }, (t) => {
  const box = inbox(t);
  writeFileSync(box.path, "20105=1\n");
  chownSync(box.path, 12345, 12345);
  assert.match(troubleOf(box.take()), /belongs to user 12345.*repair: chown 0 .*trusted_uids: \[12345\]/);
  const trusting = inbox(t, { trusted_uids: [12345] });
  writeFileSync(trusting.path, "20105=1\n");
  chownSync(trusting.path, 12345, 12345);
  trusting.take();
  assert.deepEqual(trusting.ledger.lines, ["20105=1"]);
});

test("late lines of a claimed file are taken even while the command file is refused", (t) => {
  const box = inbox(t);
  const fd = openSync(box.path, "a");
  writeSync(fd, "20105=1\n");
  box.take();
  mkdirSync(box.path);
  writeSync(fd, "20105=0\n");
  assert.match(troubleOf(box.take()), /is a directory/);
  assert.deepEqual(box.ledger.lines, ["20105=1", "20105=0"]);
});

test("a file that a group shares is replaced by an empty one of the same mode", (t) => {
  const box = inbox(t);
  writeFileSync(box.path, "20105=1\n");
  chmodSync(box.path, 0o660);
  box.take();
  assert.equal(statSync(box.path).mode & 0o777, 0o660);
  assert.equal(statSync(box.path).size, 0);
  box.take();
  assert.equal(box.claimed().length, 1, "an empty file is not claimed");
});

test("a folder of claimed files that others can write to is not believed", (t) => {
  const box = inbox(t);
  writeFileSync(box.path, "20105=1\n");
  const folder = join(box.path, "..", ".inverter_cmd.lst.claimed");
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  assert.match(troubleOf(box.take()), /not a private directory.*repair: rm -r /);
  assert.deepEqual(box.ledger.lines, ["20105=1"], "the line is taken where it lies");
});

test("a folder and a link among the claimed files are no orders, and stop none", (t) => {
  const box = inbox(t);
  writeFileSync(box.path, "20105=1\n");
  const folder = join(box.path, "..", ".inverter_cmd.lst.claimed");
  mkdirSync(folder, { mode: 0o700 });
  mkdirSync(join(folder, "000000000000001-folder"));
  symlinkSync("/etc/passwd", join(folder, "000000000000002-link"));
  for (let round = 0; round < 2; round++) assert.equal(troubleOf(box.take()), "");
  assert.deepEqual(box.ledger.lines, ["20105=1"]);
  assert.equal(box.claimed().length, 3);
});

test("a file that its writer takes back while it is claimed is left to the next round", (t) => {
  const box = inbox(t, {
    now: () => {
      rmSync(box.path, { force: true });
      return systemClock.now();
    },
  });
  writeFileSync(box.path, "20105=1\n");
  assert.equal(troubleOf(box.take()), "");
  assert.deepEqual([box.ledger.lines, box.claimed()], [[], []]);
});

test("what a writer adds to a claimed file beyond the largest size is told, not taken", (t) => {
  const box = inbox(t);
  const fd = openSync(box.path, "a");
  writeSync(fd, "20105=1\n");
  box.take();
  writeSync(fd, `20113=50\n# ${"x".repeat(262_144)}\n20105=0\n`);
  const batches: Batch[] = [];
  box.take((batch) => batches.push(batch));
  assert.deepEqual(
    batches.map(({ lines, surplus }) => [lines.map(({ text }) => text), surplus]),
    [[["20113=50"], 1]],
  );
});

test("a file claimed while the clock was ahead is dated anew: its lines stay taken, and it goes in its time", (t) => {
  const box = inbox(t);
  const now = systemClock.now();
  box.later(365 * 86_400);
  writeFileSync(box.path, "20105=1\n");
  box.take();
  const [ahead] = box.claimed();
  box.later(-365 * 86_400);
  box.take();
  const [renamed] = box.claimed();
  assert.notEqual(renamed, ahead);
  assert.ok(Math.abs(Number(renamed?.split("-")[0]) / 1000 - now) < 60, renamed);
  box.later(121);
  box.take();
  assert.deepEqual([box.ledger.lines, box.claimed()], [["20105=1"], []]);
});

test("a claimed file stays while its last line may still be written to", (t) => {
  const box = inbox(t);
  writeFileSync(box.path, "20105=1\n");
  box.take();
  const file = join(box.path, "..", ".inverter_cmd.lst.claimed", box.claimed()[0] ?? "");
  appendFileSync(file, "20105=");
  box.later(121);
  const written = systemClock.now() + 121;
  utimesSync(file, written, written);
  box.take();
  assert.deepEqual([box.ledger.lines, box.claimed().length], [["20105=1"], 1]);
  appendFileSync(file, "0\n");
  box.take();
  assert.deepEqual([box.ledger.lines, box.claimed()], [["20105=1", "20105=0"], []]);
});

const ROUNDS = tries(2000, 10_000);

test(`${ROUNDS} rounds against appending writers: no line lost, none doubled`, {
  timeout: tries(300_000, 900_000),
}, async (t) => {
  // A quarter of a second is an eternity for a writer between open and close; that it may be longer is tested above.
  const box = inbox(t, { grace_s: 0.25, now: () => (performance.timeOrigin + performance.now()) / 1000 });
  // Starting a program a line keeps the writers at about the pace of the rounds.
  const script = 'i=0; while [ -e "$2" ]; do i=$((i+1)); echo "$3 $i" >> "$1"; /bin/true; done; echo $i';
  const running = join(box.path, "..", "running");
  writeFileSync(running, "");
  const names = ["a", "b", "c"];
  const writers = names.map((name): { child: ChildProcess; written: () => number } => {
    const child = spawn("sh", ["-c", script, "sh", box.path, running, name], { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout?.on("data", (part: Buffer) => (out += part.toString()));
    return { child, written: () => Number(out) };
  });
  let rounds = 0;
  let claims = 0;
  // On a busy machine the writers get less of it: the rounds go on until enough of them met one.
  while (rounds < ROUNDS || claims <= ROUNDS / 10) {
    const before = box.ledger.lines.length;
    box.take();
    if (box.ledger.lines.length > before) claims++;
    rounds++;
    if (rounds % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  execFileSync("rm", [running]);
  await Promise.all(writers.map(({ child }) => once(child, "close")));
  box.take();
  box.later(1);
  box.take();
  const seen = new Map<string, number>();
  for (const line of box.ledger.lines) {
    const [name = "", number = ""] = line.split(" ");
    assert.equal(seen.has(line), false, `${line} was doubled`);
    seen.set(line, 1);
    assert.ok(names.includes(name) && Number(number) > 0, `torn line ${JSON.stringify(line)}`);
  }
  const written = writers.reduce((sum, writer) => sum + writer.written(), 0);
  assert.equal(box.ledger.lines.length, written);
  assert.ok(claims > ROUNDS / 10, `only ${claims} of the rounds met a writer`);
});
