# Sourced by the other scripts: how they speak, and where things are.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root" || exit 1

say() { printf '\n== %s\n' "$*"; }
note() { printf '   %s\n' "$*"; }
fail() {
  printf '\n!! %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '   %s\n' "$line" >&2; done
  exit 1
}

# A folder `shared` beside the checkout, when there is one, brings labelled photos and the recommended
# model pack; without it the photos and packs that package registries carry are used.
if [ -z "${MENSHEN_PACK_FILES:-}" ] && [ -d "$root/../shared/models/reid0095" ]; then
  MENSHEN_PACK_FILES=$(cd "$root/../shared/models/reid0095" && pwd)
fi
if [ -z "${MENSHEN_FACES:-}" ] && [ -f "$root/../shared/faces/labels.csv" ]; then
  MENSHEN_FACES=$(cd "$root/../shared/faces" && pwd)
fi
[ -n "${MENSHEN_PACK_FILES:-}" ] && export MENSHEN_PACK_FILES
[ -n "${MENSHEN_FACES:-}" ] && export MENSHEN_FACES
export MENSHEN_MODELS="${MENSHEN_MODELS:-$root/models}"
