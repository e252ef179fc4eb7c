import assert from "node:assert/strict";
import { test } from "node:test";
import { parseConfig } from "../../lib/config/load.ts";
import { pageFile } from "../../lib/config/paths.ts";

test("the installed station's page is in memory, another station's beside its state, and a named one where it is named", () => {
  const place = (text: string) => pageFile(parseConfig(text, "config.yaml"));
  assert.equal(place(""), "/run/solar-station/www/index.html");
  assert.equal(place('station: {state_dir: "/srv/second"}'), "/srv/second/www/index.html");
  assert.equal(place('page: {file: "/srv/www/solar.html"}'), "/srv/www/solar.html");
});
