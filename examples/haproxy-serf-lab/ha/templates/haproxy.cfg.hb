global
  stats socket /var/run/haproxy.sock mode 600 level admin
  stats socket ipv4@127.0.0.1:9999 level admin

defaults
  mode http
  option forwardfor
  timeout connect 2s
  timeout client 30s
  timeout server 30s

frontend web
  bind :80
  default_backend nodes

backend nodes
  balance roundrobin
  option httpchk HEAD /
{{#each addresses}}
  server {{ host }} {{ ip }}:3000 check
{{/each}}

frontend stats
  bind :1936
  stats enable
  stats uri /
