#!/bin/sh
# Installs the Debian packages that the tests use as real parts: pty pairs, a broker, a browser, a compiler for SQLite.
# Does nothing when they are there. Needs root (or sudo) only when something is missing.
set -eu
missing=""
need() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || missing="$missing $2"; }
need socat socat
need mosquitto mosquitto
need mosquitto_pub mosquitto-clients
need chromium chromium
need openssl openssl
need g++ g++
need make make
need python3 python3
need strace strace
need jq jq
need zabbix_agent2 zabbix-agent2
need upsd nut-server
need upsmon nut-client
need upsc nut-client
need debootstrap debootstrap
sudo=""
[ "$(id -u)" -eq 0 ] || sudo="sudo"
export DEBIAN_FRONTEND=noninteractive
if [ -n "$missing" ]; then
  echo "installing:$missing"
  $sudo apt-get update -qq
  # shellcheck disable=SC2086
  $sudo apt-get install -y -qq --no-install-recommends $missing
fi

# Of these only the programs are wanted, not servers that start by themselves: unpacked beside the project's other caches.
cache="$(cd "$(dirname "$0")/.." && pwd)/.cache/debian"
mkdir -p "$cache"
cd "$cache"
unpack() {
  if command -v "$1" >/dev/null 2>&1 || [ -x "$cache/usr/bin/$1" ]; then return; fi
  apt-get download -qq "$2" 2>/dev/null || { $sudo apt-get update -qq && apt-get download -qq "$2"; }
  dpkg-deb -x "$2"_*.deb . && rm -f "$2"_*.deb
}
unpack promtool prometheus
unpack prometheus-node-exporter prometheus-node-exporter
unpack influxd influxdb
