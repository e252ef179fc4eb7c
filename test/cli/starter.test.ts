import assert from "node:assert/strict";
import { test } from "node:test";
import { type StartFacts, starter } from "../../lib/cli/starter.ts";

const cases: {
  name: string;
  facts: Partial<Pick<StartFacts, "env">> & { terminal?: boolean; above?: string[] };
  want: string;
}[] = [
  { name: "the package's cron file", facts: { env: { SOLAR_CRON: "1" } }, want: "cron" },
  { name: "the mark wins over a terminal", facts: { env: { SOLAR_CRON: "1" }, terminal: true }, want: "cron" },
  { name: "and the other way", facts: { env: { SOLAR_CRON: "0" } }, want: "person" },
  { name: "a terminal", facts: { terminal: true }, want: "person" },
  { name: "ssh board pv1800-dump", facts: { env: { SSH_CONNECTION: "a 1 b 22" } }, want: "person" },
  { name: "an older crontab without the mark", facts: {}, want: "cron" },
  {
    name: "ssh board sudo pv1800-dump",
    facts: { env: { SUDO_USER: "anna" }, above: ["sudo", "bash", "sshd"] },
    want: "person",
  },
  {
    name: "ssh root@board sudo -u solar …",
    facts: { env: { SUDO_USER: "root" }, above: ["sudo", "sshd-session"] },
    want: "person",
  },
  {
    name: "sudo in root's crontab",
    facts: { env: { SUDO_USER: "root" }, above: ["sudo", "sh", "cron"] },
    want: "cron",
  },
  {
    name: "sudo in anna's crontab",
    facts: { env: { SUDO_USER: "anna" }, above: ["sudo", "sh", "cron"] },
    want: "cron",
  },
  { name: "sudo on a console, whose login nothing tells", facts: { env: { SUDO_USER: "anna" } }, want: "person" },
  { name: "sudo of root's, of whom nothing tells", facts: { env: { SUDO_USER: "root" } }, want: "cron" },
  { name: "a timer of systemd", facts: { env: { INVOCATION_ID: "x" } }, want: "cron" },
];

for (const { name, facts, want } of cases) {
  test(`who waits for the answer: ${name}`, () => {
    const { env = {}, terminal = false, above = [] } = facts;
    assert.equal(starter({ env, terminal: () => terminal, ancestors: () => above }), want);
  });
}
