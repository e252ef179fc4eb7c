#!/usr/bin/env node
import { run } from "../lib/cli/run-command.ts";
import { statusPage } from "../lib/jobs/status-page.ts";

run({
  spec: {
    name: "status-page",
    about: "Render the station as one self-contained HTML page, for any web server or straight from the file.",
    job: true,
    writes: true,
    options: [{ flags: "-o, --output <file>", about: "write here instead of page.file; - for stdout" }],
    help: `The page holds its style, charts and a little script itself and asks for nothing else. It is replaced as a whole:
a reader sees the old one or the new one. docs/how-to/web-server.md shows nginx, Apache and plain files.`,
  },
  handler: statusPage,
});
