# Run by n6 while it replaces itself: reexec-guard.sh PID STATE GRACE, with a pipe from n6 as standard input (boot/guard.ts).
#
# A signal that comes between execve(2) and the first lines of the new Node stays pending, because n6 has blocked it, until Node empties
# its mask: then it is lost if n6 is process 1, and ends n6 if not. Nobody inside can see it; from outside it stands in /proc/PID/status.
# So it is looked for there until the mask is empty, and written to STATE.signals. After that n6 says through the pipe that all is well.
# A pipe that ends without that means that n6 has: then what the signal was for is done, services (STATE.groups) are ended.
set -f
n6=$1 state=$2 grace=$3
told=

see() {
  case " $told " in *" $1 "*) return ;; esac
  told="$told $1"
  echo "SIG$1" >>"$state.signals"
}

# A mask is 16 hexadecimal digits, signal 1 the lowest bit.
while :; do
  blocked=
  while read -r key mask; do
    case $key in
      SigPnd: | ShdPnd:)
        case $mask in *[4567cdef]???) see TERM ;; esac
        case $mask in *[2367abef]) see INT ;; esac
        case $mask in *[4567cdef]) see QUIT ;; esac
        case $mask in *[2367abef]??) see USR1 ;; esac
        case $mask in *[89abcdef]??) see USR2 ;; esac
        case $mask in *[2367abef]???) see ALRM ;; esac
        case $mask in *[2367abef]???????) see PWR ;; esac
        case $mask in *[13579bdf]) see HUP ;; esac
        ;;
      SigBlk:)
        blocked=$mask
        break
        ;;
    esac
  done <"/proc/$n6/status" || break
  case $blocked in *[4567cdef]???) ;; *) break ;; esac
done 2>/dev/null

read -r word
[ "$word" != fine ] || exit 0
[ "$n6" != 1 ] || exit 0

echo 'n6: the supervisor has ended while it replaced itself; its services are ended, too' >&2
left=
while read -r group; do left="$left $group"; done <"$state.groups"
for group in $left; do kill -TERM "-$group" && kill -CONT "-$group"; done 2>/dev/null
until [ "$grace" -le 0 ]; do
  alive=
  for group in $left; do kill -0 "-$group" && alive=1; done 2>/dev/null
  [ -n "$alive" ] || break
  sleep 1
  grace=$((grace - 1))
done
for group in $left; do kill -KILL "-$group"; done 2>/dev/null
rm -f "$state" "$state.groups" "$state.signals"
