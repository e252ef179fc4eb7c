#!/bin/sh
# A bare Debian, the package, a real cron, a web server: what an owner goes through in his first quarter of an hour.
#   sudo sh test/packaging/debian-root.sh FIRST.deb NEXT.deb [MINUTES] [BASE]
# BASE keeps what debootstrap made, for the next time. The devices are simulators of this checkout, on TCP. Ends with 0 when: at most five
# commands and four minutes to the first sample, a sample of each device in every minute, upgrade and way back within them, the
# page served by nginx and by Apache, not one mail, and nothing left after the purge.
set -eu
first=$1 next=$2 minutes=${3:-10} base=${4:-}
here=$(cd "$(dirname "$0")/../.." && pwd)
# A copy of Debian is half a gigabyte: TMPDIR says where there is room.
root=$(mktemp -d "${TMPDIR:-/tmp}/solar-root-XXXXXX")
# The station's own user looks into it too.
chmod 755 "$root"
pids=""
finish() {
  for pid in $pids; do kill "$pid" 2>/dev/null || true; done
  # What runs in there keeps the folder busy: only its own processes are ended.
  for link in /proc/[0-9]*/root; do
    [ "$(readlink "$link" 2>/dev/null)" = "$root" ] && kill -9 "$(basename "$(dirname "$link")")" 2>/dev/null || true
  done
  umount "$root/proc" 2>/dev/null || true
  rm -rf --one-file-system "$root" "$root".*
}
trap finish EXIT
trap 'exit 130' INT TERM
say() { echo "$(date +%T) $*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
within() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }

if [ -n "$base" ] && [ -d "$base/etc" ]; then cp -a "$base/." "$root"
else
  debootstrap --variant=minbase trixie "$root" > "$root.log" 2>&1 || { tail "$root.log"; fail debootstrap; }
  rm -f "$root.log"
  if [ -n "$base" ]; then mkdir -p "$base" && cp -a "$root/." "$base"; fi
fi
mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/resolv.conf"
# The computer's own way to the archive, where it has one.
grep -lsE 'Acquire::' /etc/apt/apt.conf.d/* | while read -r file; do cp "$file" "$root/etc/apt/apt.conf.d/"; done
# Nothing starts by itself in there, as in an image of a card.
printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d" && chmod 755 "$root/usr/sbin/policy-rc.d"
mkdir -p "$root/root/debs" && cp "$first" "$next" "$root/root/debs/"
say "getting the list of packages, and what stands for a computer that is in use: cron, web servers, a mail program"
within apt-get -qq update
within apt-get -qq install -y --no-install-recommends cron nginx-light apache2 > /dev/null 2>&1
cat > "$root/usr/sbin/sendmail" <<'END'
#!/bin/sh
cat >> /var/log/mails
END
chmod 755 "$root/usr/sbin/sendmail"
find "$root" -xdev -path "$root/proc" -prune -o \( -iname '*solar*' -print \) | sort > "$root.before"

# Below the ports that a computer gives to whoever asks for any: tests beside this one do.
node "$here/dist/station-sim.cjs" inverter --listen 20611 --fast > /dev/null & pids="$pids $!"
node "$here/dist/station-sim.cjs" bms --listen 20612 --fast > /dev/null & pids="$pids $!"

began=$(date +%s)
within apt-get -qq install -y "/root/debs/$(basename "$first")" > "$root/var/log/install" 2>&1 || { tail "$root/var/log/install"; fail "install"; }
say "installed after $(($(date +%s) - began)) s"
within station setup --yes --port tcp://127.0.0.1:20611 --port tcp://127.0.0.1:20612
within su -s /bin/sh solar -c 'pv1800-dump && jkbms-dump' || fail "the first poll"
took=$(($(date +%s) - began))
say "first sample after $took s and three commands"
[ "$took" -le "${SOLAR_ROOT_LIMIT_S:-240}" ] || fail "first sample only after $took s"

within cron && pids="$pids $(cat "$root/run/crond.pid")"
start=$(date +%s)
sed -i 's/listen 80 .*/listen 20613;/; s/listen \[::\]:80 .*//; s#root /var/www/html;#root /run/solar-station/www;#' "$root/etc/nginx/sites-available/default"
sed -i 's/^Listen 80$/Listen 20614/' "$root/etc/apache2/ports.conf"
printf 'ServerName localhost\nAlias /solar /run/solar-station/www\n<Directory /run/solar-station/www>\n  Require all granted\n</Directory>\n' > "$root/etc/apache2/conf-available/solar.conf"
within a2enconf -q solar > /dev/null
within nginx
within apachectl start
sleep_until() { while [ "$(date +%s)" -lt "$1" ]; do sleep 1; done; }
sleep_until $((start + minutes * 20))
say "upgrade to $(basename "$next")"
within apt-get -qq install -y "/root/debs/$(basename "$next")" >> "$root/var/log/install" 2>&1 || fail "upgrade"
sleep_until $((start + minutes * 40))
say "back to $(basename "$first")"
within apt-get -qq install -y --allow-downgrades "/root/debs/$(basename "$first")" >> "$root/var/log/install" 2>&1 || fail "way back"
sleep_until $((start + minutes * 60 + 55))
for url in http://127.0.0.1:20613/index.html http://127.0.0.1:20614/solar/index.html; do
  node -e 'fetch(process.argv[1]).then(async (r) => { const t = await r.text(); if (!r.ok || !t.includes("<svg")) { console.error(r.status, t.slice(0, 200)); process.exit(1); } })' "$url" || fail "$url"
  say "$url shows the page"
done
node "$here/test/packaging/lost-minutes.mjs" "$root/var/lib/solar-station/station.db" "$start" "$minutes" || fail "minutes were lost"
[ ! -s "$root/var/log/mails" ] || { cat "$root/var/log/mails"; fail "cron has mailed"; }
say "no mail"

kill "$(cat "$root/run/crond.pid")"
within nginx -s quit
within apachectl stop
# A command of the last minute may still run on a slow board.
within su -s /bin/sh solar -c 'sleep 20' & pids="$pids $!"
while ! find /proc -maxdepth 1 -user "$(within id -u solar)" 2>/dev/null | grep -q .; do sleep 1; done
within apt-get -qq purge -y solar-station > /dev/null 2>&1 || fail "purge"
rm -rf "$root/root/debs"
find "$root" -xdev -path "$root/proc" -prune -o \( -iname '*solar*' -print \) | grep -v -e /apache2/ -e '^'"$root"'/var/cache/apt' | sort > "$root.after"
grep -v -e /apache2/ "$root.before" | sort | comm -13 - "$root.after" > "$root.left"
rm -f "$root.before" "$root.after"
if [ -s "$root.left" ]; then cat "$root.left"; rm -f "$root.left"; fail "the purge has left these"; fi
rm -f "$root.left"
! grep -q solar "$root/etc/passwd" "$root/etc/group" || fail "the purge has left the user"
say "the purge has left nothing"
