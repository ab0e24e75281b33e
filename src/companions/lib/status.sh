# The 35 bytes of SERVICE/supervise/status (spec/s6-compat 2.3).

# read_status DIRECTORY: sets n6_up, n6_ready, n6_finishing, n6_paused, n6_wanted (each 0 or 1), n6_pid, n6_wait, and as
# bytes in decimal n6_stamp and n6_ready_stamp. 1 when the file is not there or too short.
read_status() {
  n6_bytes=$(od -An -v -N35 -tu1 "$1/supervise/status" 2>/dev/null) || return 1
  # Split at blanks, whatever the caller has in IFS.
  IFS=' 	
'
  decode_status $n6_bytes
}

decode_status() {
  [ "$#" -eq 35 ] || return 1
  n6_stamp="$1 $2 $3 $4 $5 $6 $7 $8 $9 ${10} ${11} ${12}"
  shift 12
  n6_ready_stamp="$1 $2 $3 $4 $5 $6 $7 $8 $9 ${10} ${11} ${12}"
  shift 12
  n6_pid=$((($5 << 24) | ($6 << 16) | ($7 << 8) | $8))
  n6_wait=$((($9 << 8) | ${10}))
  n6_paused=$((${11} & 1)) n6_finishing=$(((${11} >> 1) & 1)) n6_wanted=$(((${11} >> 2) & 1)) n6_ready=$(((${11} >> 3) & 1))
  n6_up=$((n6_pid != 0 && ! n6_finishing))
}

# seconds_since BYTE*12: prints the whole seconds since a stamp; needs n6_now and n6_now_nanoseconds.
seconds_since() {
  n6_passed=$((n6_now + 37 - (($5 << 24) | ($6 << 16) | ($7 << 8) | $8)))
  n6_nanoseconds=$(((${9} << 24) | (${10} << 16) | (${11} << 8) | ${12}))
  # A clock that tells no nanoseconds: the stamp's are not held against it.
  [ -z "$n6_now_nanoseconds" ] || [ "$n6_now_nanoseconds" -ge "$n6_nanoseconds" ] || n6_passed=$((n6_passed - 1))
  [ "$n6_passed" -ge 0 ] || n6_passed=0
  echo "$n6_passed"
}

# read_clock: busybox's date(1) may know no %N and print the letter, or nothing.
read_clock() {
  n6_now=$(date '+%s %N')
  n6_now_nanoseconds=${n6_now#* }
  n6_now=${n6_now%% *}
  case $n6_now_nanoseconds in
    '' | *[!0-9]*) n6_now_nanoseconds= ;;
    # With a leading 0 it would be read as octal.
    *) n6_now_nanoseconds=$((1$n6_now_nanoseconds - 1000000000)) ;;
  esac
}

# signal_name NUMBER: as s6 prints it.
signal_name() {
  if [ "$1" -ge 1 ] && [ "$1" -le 31 ]; then echo "SIG$(kill -l "$1")"; else echo 'SIG???'; fi
}

# label BYTE*12: a stamp as text (spec/s6-compat 2.2.4).
label() { printf '@%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x%02x' "$@"; }
