# Users and groups by name, and becoming them. The files are read by the shell itself: no program is started for names
# that are in them. Names that only another source knows (LDAP) are getent's, where there is one.

# find_entry FILE DATABASE NAME: sets n6_entry to the line of that name; 1 when there is none.
find_entry() {
  if [ -r "$1" ]; then
    while IFS= read -r n6_entry || [ -n "$n6_entry" ]; do
      case $n6_entry in "$3":*) return 0 ;; esac
    done <"$1"
  fi
  command -v getent >/dev/null 2>&1 || return 1
  n6_entry=$(getent "$2" "$3") || return 1
  # getent takes numbers, too.
  case $n6_entry in "$3":*) return 0 ;; *) return 1 ;; esac
}

# find_user NAME: sets n6_uid and n6_gid.
find_user() {
  find_entry /etc/passwd passwd "$1" || return 1
  n6_rest=${n6_entry#*:*:}
  n6_uid=${n6_rest%%:*}
  n6_rest=${n6_rest#*:}
  n6_gid=${n6_rest%%:*}
}

# find_group NAME: sets n6_gid.
find_group() {
  find_entry /etc/group group "$1" || return 1
  n6_rest=${n6_entry#*:*:}
  n6_gid=${n6_rest%%:*}
}

# find_groups NAME: sets n6_groups to the numbers of the groups that name the user as a member, with commas between.
find_groups() {
  n6_groups=
  [ -r /etc/group ] || return 0
  while IFS= read -r n6_entry || [ -n "$n6_entry" ]; do
    case ,${n6_entry##*:}, in
      *",$1,"*) n6_rest=${n6_entry#*:*:}; n6_groups=$n6_groups${n6_groups:+,}${n6_rest%%:*} ;;
    esac
  done </etc/group
}

# find_program NAME: sets n6_found to its path; 1 when there is none but busybox's, which has but a part of what it does.
# Not `command -v`: a busybox may answer with the word itself, and mean its own.
find_program() {
  for n6_place in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
    n6_found=$n6_place/$1
    [ -x "$n6_found" ] || continue
    [ "$n6_found" -ef /bin/busybox ] || [ "$n6_found" -ef /usr/bin/busybox ] || return 0
  done
  return 1
}

# become USER UID GID GROUPS PROGRAM [ARGUMENT...]: the program as that user, in this process. USER may be empty: then only
# the numbers count. GROUPS are supplementary, with commas between, all numbers; every program of these keeps the pid.
become() {
  n6_user=$1 n6_uid=$2 n6_gid=$3 n6_groups=$4
  shift 4
  require_privilege
  if find_program setpriv; then
    if [ -n "$n6_groups" ]; then exec "$n6_found" --reuid "$n6_uid" --regid "$n6_gid" --groups "$n6_groups" -- "$@"; fi
    exec "$n6_found" --reuid "$n6_uid" --regid "$n6_gid" --clear-groups -- "$@"
  fi
  if find_program chroot; then
    exec "$n6_found" --userspec="+$n6_uid:+$n6_gid" --groups="$n6_groups" --skip-chdir / "$@"
  fi
  for n6_program in su-exec gosu; do
    find_program "$n6_program" || continue
    # Both make HOME the user's, which s6 does not.
    if [ -z "$n6_groups" ]; then
      n6_user=$n6_uid:$n6_gid
    elif [ -z "$n6_user" ]; then
      continue
    fi
    if [ -n "${HOME+set}" ]; then exec "$n6_found" "$n6_user" env "HOME=$HOME" "$@"; fi
    exec "$n6_found" "$n6_user" env -u HOME "$@"
  done
  become_by_node "$@"
}

# require_privilege: 111, as s6 has it, where each of the programs below would end with a code of its own. In the effective
# capabilities (capabilities(7)) bit 6 is for groups, which are always set, and bit 7 for another user.
require_privilege() {
  [ -r "/proc/$$/status" ] || return 0
  n6_capabilities= n6_effective=
  while read -r n6_key n6_first n6_second _; do
    case $n6_key in Uid:) n6_effective=$n6_second ;; CapEff:) n6_capabilities=$((0x$n6_first)) ;; esac
  done <"/proc/$$/status"
  [ -n "$n6_capabilities" ] || return 0
  [ $((n6_capabilities & 64)) -ne 0 ] && { [ "$n6_uid" = "$n6_effective" ] || [ $((n6_capabilities & 128)) -ne 0 ]; } ||
    refuse 111 "cannot become uid $n6_uid gid $n6_gid: not allowed for this user; start it as root"
}

# Where the image has nothing but busybox: Node, which n6 itself needs, sets the user and is replaced by the program.
become_by_node() {
  n6_node=${N6_NODE:-$n6_lib/../runtime/bin/node}
  [ -x "$n6_node" ] || n6_node=$(command -v node) || refuse 111 'cannot change the user: there is neither setpriv nor chroot --userspec nor su-exec nor gosu nor node; install one of them'
  n6_limit=$(ulimit -Sn)
  # Node would follow it; the program gets it back.
  if [ -n "${NODE_OPTIONS+set}" ]; then
    exec env -u NODE_OPTIONS "N6_KEPT_NODE_OPTIONS=$NODE_OPTIONS" "$n6_node" -- "$n6_lib/become.cjs" "$n6_uid" "$n6_gid" "$n6_groups" "$n6_limit" "$@"
  fi
  exec "$n6_node" -- "$n6_lib/become.cjs" "$n6_uid" "$n6_gid" "$n6_groups" "$n6_limit" "$@"
}

# forget_account: takes UID, GID and GIDLIST out of the environment, or sets n6_without to the words that do it before a
# program: in bash UID is a constant, which cannot be unset.
forget_account() {
  n6_without=
  [ -z "${BASH_VERSION-}" ] || { n6_without='env -u UID -u GID -u GIDLIST'; return; }
  unset UID GID GIDLIST
}
