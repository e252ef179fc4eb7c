import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";

const ROOT = resolve(import.meta.dirname, "../..");
const FILES = readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" }).map((name) => `test/${name}`);

for (const page of ["docs/promises.md", "docs/security.md"]) {
  test(`${page} names tests that exist`, () => {
    const text = readFileSync(join(ROOT, page), "utf8");
    const named = [...text.matchAll(/`(test\/[^`]+)`((?:[:,] "[^"]+")*)/g)];
    assert.ok(named.length > 10);
    for (const [, path = "", names = ""] of named) {
      const [head = "", tail = ""] = path.split("*");
      const found = path.includes("*")
        ? FILES.some((file) => file.startsWith(head) && file.endsWith(tail))
        : existsSync(join(ROOT, path));
      assert.ok(found, path);
      for (const [, name = ""] of names.matchAll(/"([^"]+)"/g)) {
        const source = readFileSync(join(ROOT, path), "utf8");
        assert.ok(
          [`"${name}"`, `\`${name}\``].some((quoted) => source.includes(quoted)),
          `${path}: ${name}`,
        );
      }
    }
  });
}

const OURS = [
  "backup-stats",
  "batmon",
  "inverter-cmd",
  "jkbms-dump",
  "mqtt-push",
  "pv1800-dump",
  "station",
  "status-page",
];

/** What the reference says of each command and subcommand: its help. */
const HELP = new Map(
  [
    ...readFileSync(join(ROOT, "docs/reference/commands.md"), "utf8").matchAll(
      /^Usage: ([a-z0-9 -]+?) (?:\[|<)[\s\S]*?(?=^Usage: |(?![\s\S]))/gm,
    ),
  ].map(([text, name = ""]) => [name.trim(), text] as const),
);

/** Command lines of the fenced blocks of a page; a prompt, sudo and comments are taken off. */
function commandLines(page: string): string[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  const blocks = [...text.matchAll(/^ *```(sh|console)\n([\s\S]*?)^ *```/gm)];
  return blocks.flatMap(([, kind, body = ""]) =>
    body
      .replaceAll(/\\\n/g, " ")
      .split("\n")
      .flatMap((line) => (kind === "console" ? (/^\s*\$ (.*)/.exec(line)?.slice(1) ?? []) : [line]))
      .flatMap((line) => line.replace(/(^|\s)#.*$/, "").split(/&&|\||;/))
      .map((line) =>
        line
          .trim()
          .replace(/^sudo (-u \w+ )?/, "")
          .replace(/^[A-Z_]+=\S+ /, ""),
      )
      .filter((line) => line !== ""),
  );
}

const PAGES = [
  "README.md",
  "README-ru.md",
  "CONTRIBUTING.md",
  ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md") && !name.startsWith("reference"))
    .map((name) => `docs/${name}`),
];

test("every command line of the pages that is ours is understood by our commands", () => {
  assert.ok(HELP.size > 20 && HELP.has("station adopt"));
  const wrong: string[] = [];
  let ours = 0;
  for (const page of PAGES) {
    for (const line of commandLines(page)) {
      const words = line.split(/\s+/);
      const [first = ""] = words;
      if (!OURS.includes(first)) continue;
      ours += 1;
      const name = [words.slice(0, 3).join(" "), words.slice(0, 2).join(" "), first].find((one) => HELP.has(one));
      const help = HELP.get(name ?? "");
      if (help === undefined) wrong.push(`${page}: ${line}: no such command`);
      for (const option of words.filter((word) => /^--?[a-z]/.test(word)).map((word) => word.split("=")[0] as string)) {
        const isKnown = new RegExp(`(^|[\\s,])${option}([\\s,=]|$)`, "m").test(help ?? "");
        // -vv is -v twice.
        if (!isKnown && !/^-v+$/.test(option)) wrong.push(`${page}: ${line}: no option ${option}`);
      }
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(ours > 60, `${ours}`);
});

test("every link of the pages leads somewhere", () => {
  const dead = PAGES.flatMap((page) =>
    [...readFileSync(join(ROOT, page), "utf8").matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].flatMap(
      ([, target = ""]) => (existsSync(resolve(ROOT, page, "..", target)) ? [] : [`${page}: ${target}`]),
    ),
  );
  assert.deepEqual(dead, []);
});
