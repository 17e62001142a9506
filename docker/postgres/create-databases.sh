#!/bin/sh
# Run once, by the image, when the cluster is new: a database and a role for each service, which reaches no other's.
set -eu

create() {
  psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --set=name="$1" --set=password="$2" <<'SQL'
create role :"name" login password :'password';
create database :"name" owner :"name";
revoke all on database :"name" from public;
SQL
}

create orders "$ORDERS_PASSWORD"
create inventory "$INVENTORY_PASSWORD"
create sessions "$SESSIONS_PASSWORD"
create notifier "$NOTIFIER_PASSWORD"
