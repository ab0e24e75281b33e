# The beginning of every companion that s6 has, too: "theirs win". Sourced; a companion finds this file by three lines of
# its own, without starting a program. Needs $0 and "$@" of the companion.
#   N6_COMPANIONS=own   n6's companion, also where the image has s6's

# bash takes over options from SHELLOPTS.
set +e +f +u
OPTIND=1
n6_name=${0##*/}

# A script is not s6's own but a wrapper, and may lead back here for ever: LinuxServer's images have such ones.
n6_is_script() {
  n6_line=
  IFS= read -r n6_line 2>/dev/null <"$1"
  case $n6_line in '#!'*) return 0 ;; *) return 1 ;; esac
}

if [ "${N6_COMPANIONS-}" != own ]; then
  for n6_place in /usr/bin /bin; do
    if [ -x "$n6_place/$n6_name" ] && ! [ "$n6_place/$n6_name" -ef "$0" ] && ! n6_is_script "$n6_place/$n6_name"; then
      exec "$n6_place/$n6_name" "$@"
    fi
  done
fi

# refuse CODE SENTENCE: names what was wrong, where, and one thing to try.
refuse() {
  echo "$n6_name: $2" >&2
  exit "$1"
}

# usage WORDS: exit code 100, as all of s6's have it.
usage() {
  echo "usage: $n6_name $1" >&2
  exit 100
}

# is_number WORD: decimal digits alone.
is_number() {
  case $1 in '' | *[!0-9]*) return 1 ;; *) return 0 ;; esac
}
