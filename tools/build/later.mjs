// What mqtt names at its start and few stations use: a broker behind a web server, or behind a proxy. It comes, and with it Node's HTTP
// and DNS, when something of it is used; a visit of every minute is spared its time and its memory.
import { resolve } from "node:path";

const PROXY = resolve("node_modules/mqtt/build/lib/connect/socks.js");

/** By what is asked for: what stands in its place. */
const CONTENTS = {
  ws: `module.exports = new Proxy(function () {}, {
  get: (_, key) => (key === "__esModule" ? undefined : require("ws")[key]),
  construct: (_, values) => new (require("ws"))(...values),
});`,
  "./socks": `exports.__esModule = true;
exports.default = (...values) => require(${JSON.stringify(PROXY)}).default(...values);`,
  // For browsers, which slow the timers of a hidden page.
  "worker-timers": "module.exports = { setInterval, clearInterval };",
};

/** Plugin of the bundler. */
export const later = {
  name: "later",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(ws|worker-timers|\.\/socks)$/ }, ({ path, importer }) =>
      importer.includes("/mqtt/build/") ? { path, namespace: "later" } : undefined,
    );
    onLoad({ filter: /./, namespace: "later" }, ({ path }) => ({
      contents: CONTENTS[path],
      resolveDir: ".",
      loader: "js",
    }));
  },
};
