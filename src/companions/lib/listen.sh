# Waits for a service to come to a goal without asking again and again: a FIFO of ours in SERVICE/event, to which the
# supervisor writes a byte for each change (spec/s6-compat 1.8, 2.5). It is named as s6's own clients name theirs.
. "$n6_lib/status.sh"

# subscribe SERVICE: bytes of its events can be read from descriptor 5 from now on; 3 keeps that from ending.
subscribe() {
  [ -d "$1" ] || refuse 111 "cannot wait for $1: no such directory; is the name right?"
  [ -d "$1/event" ] || { mkdir "$1/event" && chmod 3730 "$1/event"; } || refuse 111 "cannot make $1/event; try it as the supervisor's user"
  n6_stamp_now=$(printf '4%015x%08x' $(($(date +%s) + 37)) "$n6_number")
  n6_unique=$(printf '%06x' "$$")
  n6_hidden=$1/event/.ftrig1:@$n6_stamp_now:$n6_unique
  n6_fifo=$1/event/ftrig1:@$n6_stamp_now:$n6_unique
  n6_timer= n6_reader=
  trap unsubscribe EXIT
  trap 'exit 143' TERM
  trap 'exit 130' INT
  trap 'exit 129' HUP
  # 622: a supervisor of another user may write to it, and nobody else may read (spec/s6-compat 2.5.8).
  mkfifo -m 622 "$n6_hidden" || refuse 111 "cannot make a FIFO in $1/event; try it as the supervisor's user"
  exec 3<>"$n6_hidden" 5<"$n6_hidden"
  # Heard bytes go through a pipe of no name, so that a trap can cut short the wait for them.
  n6_answers=$1/event/.answers:$n6_stamp_now:$n6_unique
  mkfifo -m 600 "$n6_answers" && exec 4<>"$n6_answers" && rm -f "$n6_answers"
  mv -f "$n6_hidden" "$n6_fifo" || exit 111
}

unsubscribe() {
  trap '' TERM INT HUP
  [ -z "$n6_timer" ] || kill "$n6_timer" 2>/dev/null
  [ -z "$n6_reader" ] || kill "$n6_reader" 2>/dev/null
  rm -f "$n6_hidden" "$n6_fifo" "$n6_answers"
}

# start_timer MILLISECONDS: a byte `.` among the events when they are over; 0 for never.
start_timer() {
  [ "$1" -gt 0 ] || return 0
  n6_seconds=$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))
  (
    trap 'kill "$n6_sleeper" 2>/dev/null; exit' TERM
    trap - EXIT INT HUP
    # A sleep(1) that knows whole seconds alone refuses the others.
    for n6_time in "$n6_seconds" $((($1 + 999) / 1000)); do
      sleep "$n6_time" 3>&- 4>&- 5<&- &
      n6_sleeper=$!
      wait "$n6_sleeper" && break
    done
    printf . >&3
  ) </dev/null >/dev/null 2>&1 &
  n6_timer=$!
}

# hear: sets n6_heard to what came, at least one byte.
hear() {
  dd bs=64 count=1 <&5 >&4 2>/dev/null 3>&- &
  n6_reader=$!
  wait "$n6_reader"
  n6_reader=
  echo >&4
  IFS= read -r n6_heard <&4
}

# is_reached: what n6_goal asks for is so; restarts are two goals, one after the other.
is_reached() {
  case $n6_goal in
    u) [ "$n6_up" = 1 ] ;;
    U) [ "$n6_up$n6_ready" = 11 ] ;;
    d) [ "$n6_up" = 0 ] ;;
    D) [ "$n6_up$n6_ready" = 01 ] ;;
    *) return 1 ;;
  esac
}

# take BYTE: 0 goes on, 1 the service will not come to the goal.
take() {
  case $1 in
    u) n6_up=1 n6_ready=0 ;;
    U) n6_up=1 n6_ready=1 ;;
    d) n6_up=0 n6_ready=0 ;;
    D) n6_up=0 n6_ready=1 ;;
    O) case $n6_goal$n6_after in *[uU]*) return 1 ;; esac ;;
    x) return 1 ;;
  esac
}

# settle: a goal that is reached makes way for the next; 0 when there is none left.
settle() {
  while is_reached; do
    [ -n "$n6_after" ] || return 0
    n6_goal=$n6_after n6_after=
  done
  return 1
}

# await_goal: 0 reached, 1 never will be, 99 the time is over. Needs a subscription and a status that was read.
await_goal() {
  settle && return 0
  while :; do
    hear
    while [ -n "$n6_heard" ]; do
      n6_rest=${n6_heard#?}
      n6_byte=${n6_heard%"$n6_rest"}
      n6_heard=$n6_rest
      [ "$n6_byte" != . ] || return 99
      take "$n6_byte" || return 1
      settle && return 0
    done
  done
}

# set_goal GOAL DOWN: `r` and `R` are DOWN (`d` or `D`) first, then `u` or `U`.
set_goal() {
  n6_goal=$1 n6_after=
  case $1 in
    r) n6_goal=$2 n6_after=u ;;
    R) n6_goal=$2 n6_after=U ;;
  esac
}

# begin SERVICE GOAL DOWN: subscribed first, then the status, so that no change falls between.
begin() {
  subscribe "$1"
  set_goal "$2" "$3"
  read_status "$1" || refuse 111 "cannot read $1/supervise/status; was it ever supervised?"
}

# listen_while GOAL MILLISECONDS SERVICE PROGRAM [ARGUMENT...]: runs the program and waits for the service, and ends this
# one: 0; 1; 99 not in time; or as the program did, had it no success.
listen_while() {
  n6_number=0 n6_limit=$2
  begin "$3" "$1" D
  shift 3
  ("$@") 3>&- 4>&- 5<&- || exit
  start_timer "$n6_limit"
  await_goal
  n6_code=$?
  [ "$n6_code" -ne 99 ] || echo "$n6_name: timed out" >&2
  exit "$n6_code"
}
