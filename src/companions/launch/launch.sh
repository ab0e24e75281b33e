# Read by bin/init, bin/svc and command/s6-log: finds Node, keeps the container's variables away from it, and becomes it.
# They set: `self`, the absolute path of a file in n6's bin directory, and `way`, init, svc or s6-log.
#   N6_NODE           which Node; else n6's own in runtime/, else `node` in PATH, else the usual places
# What lib/n6.cjs is given (boot/handover.ts):
#   N6_HOME           the directory above bin, lib and command
#   N6_ENVIRON_FILE   0600: the environment as execve(2) gave it; a shell drops names such as a.b, Node breaks bytes
#   N6_SOFT_LIMIT     soft limit of open files, which Node raises; lib/svc.cjs is given it, too
#   N6_EARLY_SIGNAL   the signal that came before Node could hear it
#   N6_LAUNCHER       what was called; a second life of n6 begins where it leads to then (boot/successor.ts)
# and, unless N6_TITLE=0, a first argument of 8 KiB of blanks: room for a title (boot/title.ts).
# Ends with 111 when Node cannot be started, `svc health` with 1.

# bash takes over options from SHELLOPTS.
set +e +u

refuse() {
  echo "$way: $1" >&2
  exit $failure
}

# Into a new file below this directory; false when it cannot be had.
save_environment() {
  [ -n "$1" ] && [ -d "$1" ] || return 1
  N6_ENVIRON_FILE=$1/n6-environ.$$
  # An earlier life of the same container had the same pid. In /tmp another user's file stays, and is not ours to write to.
  if [ -e "$N6_ENVIRON_FILE" ] || [ -h "$N6_ENVIRON_FILE" ]; then forget_environment || return; fi
  # `set -C` creates with O_EXCL, but opens a FIFO that came this moment: only what is a regular file once it is open gets it.
  (
    PATH=${PATH:+$PATH:}/usr/bin:/bin
    umask 077
    set -C
    { [ -f /proc/self/fd/1 ] && exec cat "/proc/$$/environ"; } >"$N6_ENVIRON_FILE"
  ) 2>/dev/null && return
  [ ! -f "$N6_ENVIRON_FILE" ] || forget_environment
  return 1
}
forget_environment() { (PATH=${PATH:+$PATH:}/usr/bin:/bin; exec rm -f "$N6_ENVIRON_FILE") 2>/dev/null; }

unset N6_ENVIRON_FILE N6_SOFT_LIMIT N6_STATE_FILE
failure=111
if [ "$way" = svc ]; then
  unset N6_EARLY_SIGNAL
  # HEALTHCHECK knows 0 and 1 alone.
  [ "${1-}" != health ] || failure=1
  if [ "${1-}" = supervise ]; then
    shift
    way=supervise
    for signal in TERM INT QUIT USR1 USR2 PWR; do trap "N6_EARLY_SIGNAL=$signal" "$signal"; done
    trap 'N6_EARLY_SIGNAL=RTMIN+3' 37
    trap ': "${N6_EARLY_SIGNAL:=HUP}"' HUP
  fi
fi

# Node takes `..` out of a path before it follows links, so where there is one, or bin itself is a link, cd(1) finds the way.
N6_HOME=${self%/bin/*}
case $N6_HOME/ in */../* | */./*) N6_HOME= ;; esac
[ -f "$N6_HOME/lib/n6.cjs" ] || N6_HOME=$(cd -P "${self%/*}/.." && pwd -P)

if [ -n "${N6_NODE-}" ]; then
  node=$N6_NODE
  command -v "$node" >/dev/null 2>&1 || refuse "cannot run N6_NODE=$node: no such program; correct it or unset it"
elif [ -x "$N6_HOME/runtime/bin/node" ]; then
  node=$N6_HOME/runtime/bin/node
elif command -v node >/dev/null 2>&1; then
  node=node
else
  for node in /usr/local/bin/node /usr/bin/node /opt/*/bin/node; do [ ! -x "$node" ] || break; done
  [ -x "$node" ] || refuse 'cannot find Node.js: install node (>= 20.19), name it in N6_NODE, or use the layer with its own runtime'
fi

# One fork for both: the soft limit on the first line, then one line per variable. A line out of the middle of a value
# can only look like one of Node's variables, and to unset what there is not does no harm.
newline='
'
state=$(ulimit -Sn; export -p)
soft_limit=${state%%"$newline"*}
set -f
IFS=$newline
for line in $state; do
  # dash and busybox say `export NAME=`, bash by its own name `declare -x NAME=`.
  line=${line#export }
  line=${line#declare -x }
  case ${line%%=*} in
    *[!A-Za-z0-9_]*) ;;
    NODE_* | LD_* | OPENSSL_* | UV_* | GLIBC_TUNABLES) unset "${line%%=*}" ;;
  esac
done
unset IFS
set +f

export N6_HOME
if [ "$way" = svc ] || [ "$way" = s6-log ]; then
  program=$N6_HOME/lib/$way.cjs
  # For what `svc exec` becomes; what s6-log starts would inherit it.
  if [ "$way" = svc ]; then
    N6_SOFT_LIMIT=$soft_limit
    export N6_SOFT_LIMIT
  fi
else
  program=$N6_HOME/lib/n6.cjs
  set -- "$way" "$@"
  if [ "${N6_TITLE-}" != 0 ]; then
    room='                '
    # Doubling, because printf(1) would need a fork to get into a variable.
    for word in 1 2 3 4 5 6 7 8 9; do room=$room$room; done
    set -- "$room" "$@"
  fi
  save_environment /run || save_environment "${XDG_RUNTIME_DIR-}" || save_environment /tmp ||
    refuse 'cannot save the environment: neither /run nor XDG_RUNTIME_DIR nor /tmp can be written to; mount a tmpfs on /run'
  N6_SOFT_LIMIT=$soft_limit
  export N6_ENVIRON_FILE N6_SOFT_LIMIT
fi

# A program that is there and cannot be started, such as one for another libc, ends dash and busybox here, but not bash.
failed() {
  trap - EXIT
  [ -z "${N6_ENVIRON_FILE-}" ] || forget_environment
  echo "$way: cannot start $node; is it a program for this system? N6_NODE may name another" >&2
  exit $failure
}
trap failed EXIT
[ -z "${BASH_VERSION-}" ] || shopt -s execfail 2>/dev/null
[ -z "${N6_EARLY_SIGNAL-}" ] || export N6_EARLY_SIGNAL
# From here until Node has its first handlers, some 2 ms, a signal to PID 1 is lost (pid_namespaces(7)). To block it across
# execve(2) does not help: Node empties the mask before it sets a handler. Without `--` Node 20 would take an --env-file for
# its own that stands anywhere among the arguments, and end when there is no such file.
exec "$node" -- "$program" "$@"
failed
