# Run once, by the image, when the server is new: a database and a role for each service, which reaches no other's.
# In a shell of its own: images read this file into theirs.
(
  set -eu
  # The server that is there meanwhile listens on one of these sockets only.
  if [ -S /tmp/.s.PGSQL.5432 ]; then export PGHOST=/tmp; else export PGHOST=/var/run/postgresql; fi
  for name in $DATABASES; do
    eval "password=\$password_of_$name"
    psql --no-psqlrc --set=ON_ERROR_STOP=1 --username=postgres --set=name="$name" --set=password="$password" <<'SQL'
create role :"name" login password :'password';
create database :"name" owner :"name";
revoke all on database :"name" from public;
SQL
  done
)
