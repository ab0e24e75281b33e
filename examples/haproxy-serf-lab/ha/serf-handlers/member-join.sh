#!/usr/bin/env bash
# One line for each member: name, address, role, tags.
while read -r name address role _; do
  [ "$role" = backend ] || continue
  echo "$name $address" >"/nodes/$name"
done
/scripts/configure.sh
