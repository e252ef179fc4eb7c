#!/bin/sh
# Puts a version of solar-station in use: lays it beside the others and switches one link, so that every command sees a whole
# version, and a command that began before still finds its own. Used by the package, the tarball and an upgrade from a checkout.
#   switch-version.sh FROM BASE VERSION    FROM: folder with dist/ and node_modules/; BASE: e.g. /usr/lib/solar-station
set -eu
from=$1 base=$2 version=$3

name=$version
number=2
while [ -e "$base/$name" ]; do
  name="$version.$number"
  number=$((number + 1))
done
# Links cost no space and outlive the package's own files; another file system gets copies.
aside="$base/.new.$$"
trap 'rm -rf "$aside"' EXIT
cp -al "$from" "$aside" 2>/dev/null || { rm -rf "$aside"; cp -a "$from" "$aside"; }
# Start-up costs less with V8's cache of this Node; without it everything works the same.
if [ "${SOLAR_NO_WARM:-}" = "" ]; then
  (cd "$aside" && node --input-type=module -e '
    import { readdirSync } from "node:fs";
    import { warmAll } from "./warm.mjs";
    const parts = readdirSync("dist").find((name) => name.startsWith("parts-"));
    warmAll(`dist/${parts}`, readdirSync("dist").filter((name) => name.endsWith(".cjs")).map((name) => name.slice(0, -4)));
  ') || true
fi
touch "$aside/.switched"
mv -T "$aside" "$base/$name"
touch "$base/$name"
before=$(readlink "$base/current" 2>/dev/null || true)
ln -s "$name" "$base/.current.$$"
mv -T "$base/.current.$$" "$base/current"
# The version before stays, to be gone back to; what was in use minutes ago may still be running and stays as well. Only folders
# that this script made are ever removed.
if [ -n "$before" ]; then touch "$base/$before"; fi
for mark in "$base"/*/.switched; do
  folder=$(dirname "$mark")
  case $(basename "$folder") in
    "$name" | "$before" | current) continue ;;
  esac
  if [ -n "$(find "$folder" -maxdepth 0 -mmin +10)" ]; then rm -rf "$folder"; fi
done
