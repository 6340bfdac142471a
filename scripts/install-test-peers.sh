#!/usr/bin/env bash
# Installs what the tests run against: real brokers, cameras, OPC UA servers and decoders nobody here wrote.
# `npm test` runs it first. Debian or Ubuntu; as root, or with sudo where a package is missing. What is there already is left alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=(mosquitto mosquitto-clients ffmpeg motion strace sqlite3 faketime chromium
  gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly
  gstreamer1.0-libav gstreamer1.0-rtsp gir1.2-gst-rtsp-server-1.0 python3-gi python3-venv)
missing=()
if command -v apt-get >/dev/null; then
  for package in "${packages[@]}"; do dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package"); done
else
  echo "no apt-get here: the tests need what Debian calls ${packages[*]}" >&2
fi
if [ ${#missing[@]} -gt 0 ]; then
  as_root=(); [ "$(id -u)" = 0 ] || as_root=(sudo)
  "${as_root[@]}" apt-get update -q
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}"
fi
# The tests start brokers and cameras of their own, on free ports.
if command -v systemctl >/dev/null && systemctl is-active --quiet mosquitto 2>/dev/null; then systemctl stop mosquitto; fi

[ -x .venv/bin/python ] || python3 -m venv .venv
.venv/bin/pip install -q --disable-pip-version-check -r scripts/requirements-test.txt
