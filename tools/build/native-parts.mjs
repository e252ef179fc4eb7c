// Native parts stay where npm put them; their JavaScript comes into the packs along with ours: looking for it file by file costs a
// short command a tenth of its time.

const SQLITE = "better-sqlite3/build/Release/better_sqlite3.node";

/** By the package that looks for a native part: what stands in its place. */
const FINDERS = {
  // In a Debian package there is a part for each Node, and a finder of the package's own that picks it.
  bindings: `module.exports = (file) => {
    try {
      return require(${JSON.stringify(SQLITE)});
    } catch (error) {
      if (error.code !== "MODULE_NOT_FOUND") throw error;
      return require("bindings")(file);
    }
  };`,
  // It is told the folder of its caller's package, which in a pack is another one.
  "node-gyp-build": `const { dirname } = require("node:path");
module.exports = () => require("node-gyp-build")(dirname(require.resolve("@serialport/bindings-cpp/package.json")));`,
};

/** What a pack asks Node for. */
export const EXTERNAL = [SQLITE];

/** Plugin of the bundler. */
export const nativeParts = {
  name: "native-parts",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(bindings|node-gyp-build)$/ }, ({ path, namespace }) =>
      namespace === "native-part" ? { path, external: true } : { path, namespace: "native-part" },
    );
    onLoad({ filter: /.*/, namespace: "native-part" }, ({ path }) => ({ contents: FINDERS[path], loader: "js" }));
  },
};
