# Several services at once: a shell for each, and their answers through one pipe. Needs listen.sh.

# n6_when_all_listen, where it is set, is run once nothing can be missed any more.
# listen_to_all GOAL ANY MILLISECONDS DOWN SERVICE...: ends this program: 0, 99, 111, or how many will not come to it.
listen_to_all() {
  n6_wanted_goal=$1 n6_any=$2 n6_limit=$3 n6_down=$4
  shift 4
  n6_children= n6_number=0
  trap 'kill $n6_children 2>/dev/null; exit 143' TERM
  trap 'kill $n6_children 2>/dev/null; exit 130' INT
  trap 'kill $n6_children 2>/dev/null; exit 129' HUP
  n6_pipe=$(mktemp -u) && mkfifo -m 600 "$n6_pipe" || refuse 111 'cannot make a FIFO in TMPDIR; is it writable?'
  exec 6<>"$n6_pipe"
  rm -f "$n6_pipe"
  for n6_service; do
    listen_to_one >/dev/null &
    n6_children="$n6_children $!"
    n6_number=$((n6_number + 1))
  done
  n6_code=0
  [ -z "${n6_when_all_listen-}" ] || { await_listeners && "$n6_when_all_listen"; } || { n6_code=$?; kill $n6_children 2>/dev/null; wait; exit "$n6_code"; }
  count_answers
  n6_code=$?
  kill $n6_children 2>/dev/null
  wait
  [ "$n6_code" -ne 99 ] || echo "$n6_name: timed out" >&2
  exit "$n6_code"
}

listen_to_one() {
  # A subshell that is refused has no other way to say so.
  n6_code=111
  trap 'unsubscribe_and_tell' EXIT
  begin "$n6_service" "$n6_wanted_goal" "$n6_down"
  trap 'unsubscribe_and_tell' EXIT
  [ -z "${n6_when_all_listen-}" ] || echo listening >&6
  start_timer "$n6_limit"
  await_goal
  n6_code=$?
  exit
}

unsubscribe_and_tell() {
  unsubscribe
  echo "$n6_code" >&6
}

# await_listeners: 111 when one of them cannot. Answers that come before the last listens are put back.
await_listeners() {
  n6_early= n6_left=$n6_number
  while [ "$n6_left" -gt 0 ]; do
    IFS= read -r n6_answer <&6
    case $n6_answer in
      listening) n6_left=$((n6_left - 1)) ;;
      111) return 111 ;;
      *) n6_early="$n6_early $n6_answer" ;;
    esac
  done
  for n6_answer in $n6_early; do echo "$n6_answer" >&6; done
}

count_answers() {
  n6_failed=0 n6_left=$n6_number
  while [ "$n6_left" -gt 0 ]; do
    IFS= read -r n6_answer <&6
    case $n6_answer in
      0) [ "$n6_any" = 0 ] || return 0 ;;
      1) n6_failed=$((n6_failed + 1)) ;;
      *) return "$n6_answer" ;;
    esac
    n6_left=$((n6_left - 1))
  done
  return "$n6_failed"
}
