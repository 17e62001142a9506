#!/bin/sh
# A cluster of kind for the shop alone: cluster.sh up | load <image> | down
set -eu
name=looseleaf

case "${1:-}" in
  up)
    kind get clusters | grep -qx "$name" ||
      kind create cluster --name "$name" --config "$(dirname "$0")/cluster.yaml" --wait 180s
    ;;
  load) kind load docker-image --name "$name" "$2" ;;
  down) kind delete cluster --name "$name" ;;
  *) echo "usage: $0 up | load <image> | down" >&2; exit 2 ;;
esac
