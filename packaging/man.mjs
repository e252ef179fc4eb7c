// Man pages out of the help that the commands print, which comes from their option tables.

const roff = (text) =>
  text
    .replace(/\\/g, "\\e")
    .replace(/-/g, "\\-")
    .replace(/^([.'])/gm, "\\&$1");

/** `pages`: help of a command and of its subcommands. */
export function manPage(pages, version) {
  const [{ path, text }] = pages;
  const about = aboutOf(text);
  const head = [
    `.TH ${path[0].toUpperCase()} 1 "" "solar\\-station ${version}" "solar\\-station"`,
    ".SH NAME",
    `${roff(path[0])} \\- ${roff(about.replace(/\.$/, ""))}`,
  ];
  const body = pages.flatMap((page, index) => [
    index === 0 ? ".SH SYNOPSIS AND OPTIONS" : `.SH ${roff(page.path.join(" ").toUpperCase())}`,
    ".nf",
    roff(index === 0 ? page.text : page.text.replace(/\n\nEXIT STATUS[\s\S]*$/, "")),
    ".fi",
  ]);
  const files = [
    ".SH FILES",
    ".nf",
    roff("/etc/solar-station/config.yaml    configuration; station config example tells every key"),
    roff("/var/lib/solar-station/           state file, command files, backups"),
    roff("/etc/cron.d/solar-station         what is started when"),
    ".fi",
  ];
  return `${[...head, ...body, ...files].join("\n")}\n`;
}

/** The sentence after the usage line, its line breaks taken out. */
function aboutOf(text) {
  const [, about = ""] = text.split("\n\n");
  return about.replace(/\s+/g, " ").trim();
}
