#!/bin/sh
# A cluster of minikube for the shop alone: cluster.sh up | load <image> | down
set -eu
profile=looseleaf

case "${1:-}" in
  # The node's port 30080, the shop's, is this machine's port 3000. With metrics, so that autoscaling works.
  up)
    minikube start --profile "$profile" --driver docker --cpus 2 --memory 4g --ports 127.0.0.1:3000:30080 \
      --addons metrics-server
    ;;
  load) minikube image load --profile "$profile" "$2" ;;
  down) minikube delete --profile "$profile" ;;
  *) echo "usage: $0 up | load <image> | down" >&2; exit 2 ;;
esac
