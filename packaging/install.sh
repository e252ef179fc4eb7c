#!/bin/sh
# Installs the tarball on a Linux without dpkg: the same tree, user and folders as the Debian package. Run as root, in the unpacked
# folder; again with a newer tarball it upgrades without a lost minute. Removal: docs/how-to/upgrade.md.
set -eu
[ "$(id -u)" = 0 ] || { echo "run this as root: sudo sh install.sh" >&2; exit 1; }
node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' ||
  { echo "Node 20 or newer is needed (node --version)" >&2; exit 1; }
here=$(cd "$(dirname "$0")" && pwd)
state=/var/lib/solar-station
getent group solar >/dev/null || groupadd --system solar
getent passwd solar >/dev/null || useradd --system --gid solar --home-dir "$state" --no-create-home --shell /usr/sbin/nologin solar
if getent group dialout >/dev/null; then usermod -aG dialout solar; fi
[ -d "$state" ] || install -d -o solar -g solar -m 2750 "$state"
for file in inverter_cmd.lst jkbms_cmd.lst; do
  [ -e "$state/$file" ] || install -o solar -g solar -m 0660 /dev/null "$state/$file"
done
install -d -o root -g solar -m 2750 /etc/solar-station
for folder in /run/solar-station /run/solar-station/www; do install -d -o solar -g solar -m 0755 "$folder"; done
base=/usr/lib/solar-station
mkdir -p "$base"
sh "$here$base/package/switch-version.sh" "$here$base/package" "$base" "$(cat "$here$base/package/VERSION")"
# Everything but the payload, which has just been switched to.
(cd "$here" && tar -c --exclude=usr/lib/solar-station usr etc) | tar -x -C /
[ -e /etc/cron.d/solar-station ] || install -D -m 0644 "$here/usr/share/solar-station/cron" /etc/cron.d/solar-station
echo "solar-station $(cat "$base/current/VERSION") is in use. Next: sudo station setup"
