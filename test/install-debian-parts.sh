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
sudo=""
[ "$(id -u)" -eq 0 ] || sudo="sudo"
export DEBIAN_FRONTEND=noninteractive
if [ -n "$missing" ]; then
  echo "installing:$missing"
  $sudo apt-get update -qq
  # shellcheck disable=SC2086
  $sudo apt-get install -y -qq --no-install-recommends $missing
fi

# Of Prometheus only its checker is wanted, not a server that starts by itself: unpacked beside the project's other caches.
cache="$(cd "$(dirname "$0")/.." && pwd)/.cache/debian"
if ! command -v promtool >/dev/null 2>&1 && [ ! -x "$cache/usr/bin/promtool" ]; then
  mkdir -p "$cache"
  cd "$cache"
  apt-get download -qq prometheus 2>/dev/null || { $sudo apt-get update -qq && apt-get download -qq prometheus; }
  dpkg-deb -x prometheus_*.deb . && rm -f prometheus_*.deb
fi
