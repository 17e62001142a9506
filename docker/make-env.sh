#!/bin/sh
# Writes docker/.env: generated secrets, and which Kafka runs (`./docker/make-env.sh kafka-3` for three brokers).
set -eu
cd "$(dirname "$0")"

profile=${1:-kafka}
case $profile in
  kafka) brokers=kafka:9092 ;;
  kafka-3) brokers=kafka-1:9092,kafka-2:9092,kafka-3:9092 ;;
  *) echo "usage: $0 [kafka|kafka-3]" >&2; exit 2 ;;
esac
if [ -e .env ]; then
  echo "docker/.env is there already, and the data may belong to its secrets: remove it yourself if you want new ones" >&2
  exit 1
fi

# Of letters and digits only, so that they can stand in URLs.
secret() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
# As `kafka-storage.sh random-uuid` makes it: 16 bytes in base64url, none of which begins with a dash here.
cluster_id() { printf 'L%s' "$(head -c 32 /dev/urandom | base64 | tr -dc 'A-Za-z0-9' | head -c 20)A"; }

umask 077
cat > .env <<ENV
COMPOSE_PROFILES=$profile
KAFKA_BROKERS=$brokers
KAFKA_CLUSTER_ID=$(cluster_id)
POSTGRES_PASSWORD=$(secret)
ORDERS_PASSWORD=$(secret)
INVENTORY_PASSWORD=$(secret)
SESSIONS_PASSWORD=$(secret)
NOTIFIER_PASSWORD=$(secret)
REDIS_PASSWORD=$(secret)
S3_ACCESS_KEY_ID=$(secret | head -c 20)
S3_SECRET_ACCESS_KEY=$(secret)
INTERNAL_KEY=$(secret)
OPERATOR_KEY=$(secret)
ID_SECRET=$(secret)
WEBHOOK_KEY=$(secret)
ENV
echo "wrote docker/.env"
