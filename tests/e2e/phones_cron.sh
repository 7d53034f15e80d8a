#!/bin/sh
# Phones from a scheduler, as cron starts it: no environment but PATH, HOME and the address of the
# user's session bus, no terminal, standard input closed.
#   tests/e2e/with-desktop tests/e2e/phones_cron.sh BINARY [FOLDER]
# A plan, an apply, nothing to do, a signed request and its replay, an undo; each by its exit code.
set -eu
binary=$(realpath "$1")
folder=${2:-$(mktemp -d)}
mkdir -p "$folder/config"
tenant="Cron $$"
cloud=""

end() {
  [ -z "$cloud" ] || kill "$cloud" 2>/dev/null || true
  [ -z "$tenant" ] || for kind in client-secret request-key; do
    secret-tool clear service keydesk username "$kind/$tenant" || true
  done
}
trap end EXIT

# A line behind `cron`: CODE, then what keydesk is to do.
cron() {
  wanted=$1
  shift
  code=0
  env -i PATH=/usr/bin:/bin HOME="$HOME" DBUS_SESSION_BUS_ADDRESS="$DBUS_SESSION_BUS_ADDRESS" \
    sh -c 'cd / && exec "$@" <&-' cron "$binary" --config "$folder/config" --data "$folder/data" "$@" \
    > "$folder/out" 2> "$folder/err" || code=$?
  if [ "$code" != "$wanted" ]; then
    echo "keydesk $* ended with $code, not $wanted:" >&2
    cat "$folder/out" "$folder/err" >&2
    exit 1
  fi
  echo "$code  keydesk $1 $2${3:+ $3}"
}

keep() {
  if [ -n "${KEYDESK_TEST_SECRETS:-}" ]; then printf '%s\n' "$2" >> "$KEYDESK_TEST_SECRETS"; fi
  printf '%s\n' "$2" | "$binary" --config "$folder/config" --data "$folder/data" \
    secret set "$tenant" --kind "$1" > /dev/null
}

member() { sed -n "1s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$folder/cloud"; }

"$binary" practice-cloud --listen 127.0.0.1:0 --crowd 40 > "$folder/cloud" &
cloud=$!
tries=0
while [ ! -s "$folder/cloud" ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 300 ] || { echo "the practice cloud did not start" >&2; exit 1; }
  sleep 0.1
done
secret=$(member client_secret)
cat > "$folder/config/config.toml" <<TOML
[[tenants]]
name = "$tenant"
tenant = "$(member tenant)"
client_id = "$(member client_id)"
sign_in = "secret"
login_url = "$(member login_url)"
graph_url = "$(member graph_url)"

[tenants.phones]
default_country = "SE"
TOML
# What `practice-cloud` told on its first line goes no further.
: > "$folder/cloud"
keep client-secret "$secret"
keep request-key "$(openssl rand -hex 32)"

people="--group Crowd --from extensionAttribute7"
# Four of the forty hold what is no number: that is 1, every night.
# shellcheck disable=SC2086
{
  cron 1 phones plan $people
  grep -q '"action":"add"' "$folder/out"
  cron 1 phones apply $people
  cron 1 phones apply --write $people
  job=$(sed -n 's/.*"job":{[^}]*"id":"\([^"]*\)".*/\1/p' "$folder/out")
  [ -n "$job" ]
  grep -q '"done":16' "$folder/out"
  cron 1 phones apply --write $people
  grep -q 'nothing to write' "$folder/err"
}
cron 0 phones undo "$job" --write
grep -q '"done":16' "$folder/out"
printf '%s' '{"people":[{"UserPrincipalName":"crowd000006@larkfield.example"}],' \
  '"from":"extensionAttribute7","kind":"mobile"}' > "$folder/payload.json"
cron 0 phones sign "$folder/payload.json"
cp "$folder/out" "$folder/request.json"
cron 0 phones apply --write --request "$folder/request.json"
cron 3 phones apply --write --request "$folder/request.json"
cron 0 phones apply --resume --write
cron 2 phones apply --write
cron 0 phones jobs
[ "$(grep -c '"type":"job"' "$folder/out")" = 3 ]
grep -q '"operator":"keydesk phones (' "$folder/out"
cron 0 history verify
echo "cron: all as it should be"
