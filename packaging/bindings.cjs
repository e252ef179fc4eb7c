// Stands in the package where the npm package "bindings" stands elsewhere: takes the SQLite part that was built for this Node.
"use strict";
const { existsSync, readdirSync } = require("node:fs");
const { join } = require("node:path");

module.exports = function bindings(file) {
  const folder = join(__dirname, "..", "better-sqlite3", "native");
  const path = join(folder, process.versions.modules, file);
  if (existsSync(path)) return require(path);
  const error = new Error(
    `this package holds the SQLite part for Node with ABI ${readdirSync(folder).join(" and ")} (Node 20, Node 22); ` +
      `${process.execPath} is Node ${process.versions.node} with ABI ${process.versions.modules}: install Node 20 or 22`,
  );
  error.code = "MODULE_NOT_FOUND";
  throw error;
};
