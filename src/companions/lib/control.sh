# Letters to a supervisor's FIFO. Needs locks.sh.

# send_letters LETTERS DIRECTORY FIFO LOCK: one write. Ends the program: 0; 100 when nobody listens; 111 otherwise.
send_letters() {
  [ -d "$2" ] || refuse 111 "cannot reach $2: no such directory; is the name right?"
  [ -x "$2" ] && [ -x "${3%/*}" -o ! -e "${3%/*}" ] || refuse 111 "cannot reach $3: not allowed for this user; try it as the supervisor's user"
  [ -p "$3" ] || refuse 100 "nobody listens: $3 is not there; is $2 supervised?"
  # To open a FIFO that nobody reads for writing alone would wait for ever; for both it never waits, and never tells.
  is_locked "$4"
  case $? in
    0) ;;
    1) refuse 100 "nobody listens: $4 is not locked; is $2 supervised?" ;;
    *) refuse 111 "cannot tell who locks $4; is /proc mounted, and is stat installed?" ;;
  esac
  [ -n "$1" ] || exit 0
  { printf %s "$1" 1<>"$3"; } 2>/dev/null || refuse 111 "cannot write to $3; try it as the supervisor's user"
  exit 0
}
