# The part of s6-notifyoncheck that goes on beside the program.

# rest MILLISECONDS: a sleep(1) that knows whole seconds alone refuses the others.
rest() {
  [ "$1" -gt 0 ] || return 0
  sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))" 2>/dev/null || sleep $((($1 + 999) / 1000))
}

# ask: becomes the check. -c is a line as execlineb reads it; without one, sh reads plain words in the same way.
ask() {
  [ -n "$n6_check" ] || exec ./data/check
  n6_execlineb=${0%/*}/execlineb
  [ -x "$n6_execlineb" ] || n6_execlineb=$(command -v execlineb) || exec /bin/sh -c "$n6_check"
  exec "$n6_execlineb" -Pc "$n6_check"
}

# ask_within MILLISECONDS: ends the check that takes longer; 0 for any time.
ask_within() {
  (ask) &
  n6_asking=$!
  n6_limiter=
  if [ "$1" -gt 0 ]; then
    (rest "$1"; kill "$n6_asking") 2>/dev/null &
    n6_limiter=$!
  fi
  wait "$n6_asking"
  n6_answer=$?
  # The sleep(1) below it ends in its own time, and finds nobody to tell.
  [ -z "$n6_limiter" ] || kill "$n6_limiter" 2>/dev/null
  return "$n6_answer"
}

# milliseconds of the system's clock since boot, in steps of ten.
milliseconds() {
  read -r n6_uptime _ </proc/uptime
  n6_hundredths=1${n6_uptime#*.}
  n6_milliseconds=$((${n6_uptime%.*} * 1000 + (n6_hundredths - 100) * 10))
}

# poll: asks until it is answered, or the tries, the time or the program are over.
poll() {
  milliseconds
  n6_end=$((n6_milliseconds + n6_whole)) n6_asked=0
  rest "$n6_first"
  while [ -d "/proc/$n6_program" ]; do
    if ask_within "$n6_longest"; then
      # /proc/self is the shell that writes: this works for numbers of two digits, too.
      if [ "$n6_descriptor" -gt 9 ]; then echo >"/proc/self/fd/$n6_descriptor"; else eval "echo >&$n6_descriptor"; fi
      return
    fi
    n6_asked=$((n6_asked + 1))
    [ "$n6_asked" != "$n6_tries" ] || return
    if [ "$n6_whole" -gt 0 ]; then
      milliseconds
      [ $((n6_milliseconds + n6_between)) -lt "$n6_end" ] || return
    fi
    rest "$n6_between"
  done
}
