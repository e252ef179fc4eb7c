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
[ -z "$missing" ] && exit 0
sudo=""
[ "$(id -u)" -eq 0 ] || sudo="sudo"
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# shellcheck disable=SC2086
$sudo apt-get install -y -qq --no-install-recommends $missing
