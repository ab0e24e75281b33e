#!/usr/bin/env bash
# Makes haproxy.cfg of the files in /nodes. Without "first" HAProxy is started again, which tells the old one to finish.
mkdir -p /usr/local/etc/haproxy
cat /nodes/* 2>/dev/null | node /scripts/render.cjs /templates/haproxy.cfg.hb >/usr/local/etc/haproxy/haproxy.cfg
[ "$1" = first ] || s6-svc -h /var/run/s6/services/ha
