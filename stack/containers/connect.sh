#!/bin/sh
# Adds what depends on the place to the common settings; of two lines with one name the later counts.
set -eu
settings=/tmp/connect.properties
copies=${REPLICATION_FACTOR:-1}
{
  cat /opt/connect/connect.properties
  echo "bootstrap.servers=${BOOTSTRAP_SERVERS:?}"
  echo "plugin.path=/opt/connect/plugins"
  echo "listeners=http://0.0.0.0:8083"
  echo "rest.advertised.host.name=$(hostname)"
  echo "config.storage.replication.factor=$copies"
  echo "offset.storage.replication.factor=$copies"
  echo "status.storage.replication.factor=$copies"
} > "$settings"
exec /opt/kafka/bin/connect-distributed.sh "$settings"
