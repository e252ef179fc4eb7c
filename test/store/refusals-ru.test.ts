/** What files, orders and services refuse, as a Russian reads it: paths, keys and what is to be typed stay as they are. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { copyToSecond } from "../../lib/backup/second-copies.ts";
import { systemClock } from "../../lib/base/clock.ts";
import { parseDuration, wholeNumber } from "../../lib/base/duration.ts";
import { StationError } from "../../lib/base/errors.ts";
import { unitNamed } from "../../lib/config/units.ts";
import { appendOrder } from "../../lib/orders/append-line.ts";
import { peekCommandFile } from "../../lib/orders/claim.ts";
import { readSecretFile } from "../../lib/publish/notifiers/secret-file.ts";
import { openBot } from "../../lib/publish/notifiers/telegram.ts";
import { checkChecksum, unpackVerified } from "../../lib/store/backup-pack.ts";
import { openStore } from "../../lib/store/database.ts";
import { speech } from "../../lib/words/index.ts";
import { tellFailure } from "../../lib/words/tell-failure.ts";
import { scratchDirectory } from "../support/scratch.ts";

/** Work that is refused in a folder, and what is said of it; the folder's own name is left out. */
const REFUSALS: readonly (readonly [text: string, work: (folder: string) => unknown])[] = [
  [
    "/none.db: файла состояния ещё нет; была ли хоть одна команда опроса?",
    (f) => openStore(`${f}/none.db`, { readonly: true }),
  ],
  [
    "/x.db: повреждён (это не база данных: file is not a database); следующая команда опроса поставит на его место последнюю исправную копию; вручную — backup-stats restore",
    (f) => {
      writeFileSync(`${f}/x.db`, "no database ".repeat(500));
      openStore(`${f}/x.db`);
    },
  ],
  [
    "/b: повреждён (это не база данных: file is not a database); следующая команда опроса поставит на его место последнюю исправную копию; вручную — backup-stats restore",
    (f) => {
      writeFileSync(`${f}/b`, "no database ".repeat(500));
      return unpackVerified(`${f}/b`, `${f}/copy`).catch((error: unknown) => {
        // The copy is not named, for nobody knows it.
        assert.doesNotMatch(String(error), /copy/);
        throw error;
      });
    },
  ],
  [
    "/a.gz.sha256: в нём нет контрольной суммы",
    (f) => {
      writeFileSync(`${f}/a.gz`, "");
      writeFileSync(`${f}/a.gz.sha256`, "nothing");
      return checkChecksum(`${f}/a.gz`);
    },
  ],
  [
    "/stick: второго каталога нет; подключён ли диск?",
    (f) => copyToSecond(f, `${f}/stick`, { counts: { daily: 1, weekly: 1, monthly: 1 }, now: 0, time_zone: "UTC" }),
  ],
  ["/none/x.lst: не удаётся дописать (ENOENT)", (f) => appendOrder(`${f}/none/x.lst`, "20105=0")],
  [
    "/link — символическая ссылка, не принят; исправить: rm /link",
    (f) => {
      symlinkSync("/etc/hostname", `${f}/link`);
      peekCommandFile(`${f}/link`, { now: systemClock.now });
    },
  ],
  ["/none: не читается (ENOENT)", (f) => readSecretFile(`${f}/none`)],
  [
    "/secret: с правами 644 секрет могут прочесть другие; наберите: chmod 600 /secret",
    (f) => {
      writeFileSync(`${f}/secret`, "s");
      chmodSync(`${f}/secret`, 0o644);
      readSecretFile(`${f}/secret`);
    },
  ],
  [
    "/token: в нём нет токена бота (число, двоеточие, буквы)",
    (f) => {
      writeFileSync(`${f}/token`, "no token", { mode: 0o600 });
      openBot({ token_file: `${f}/token`, api_base: "https://api.example" });
    },
  ],
  ["«soon» — не длительность; нужно число с s, m, h или d, например 50s или 30m", () => parseDuration("soon")],
  ["«7.5» — не целое число от 0 до 100", () => wholeNumber(0, 100)("7.5")],
  ["BMS «c» нет; есть: a, b", () => unitNamed([{ name: "a" }, { name: "b" }], "c", "BMS")],
];

for (const [text, work] of REFUSALS) {
  test(`in Russian: ${text}`, async (t) => {
    const folder = join(scratchDirectory(t), "f");
    mkdirSync(folder);
    await assert.rejects(
      async () => work(folder),
      (error: unknown) => {
        assert.ok(error instanceof StationError, String(error));
        assert.equal(tellFailure(error.failure, speech("ru")).replaceAll(folder, ""), text);
        return true;
      },
    );
  });
}
