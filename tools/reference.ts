/** `npm run docs`: writes docs/reference from the tables. The tests compare the pages with what this would write. */
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { referencePages } from "./reference/pages.ts";

const folder = resolve(import.meta.dirname, "../docs/reference");
for (const [name, text] of Object.entries(await referencePages())) writeFileSync(join(folder, name), text);
