#!/usr/bin/env bash
while read -r name _ role _; do
  [ "$role" = backend ] || continue
  rm -f "/nodes/$name"
done
/scripts/configure.sh
