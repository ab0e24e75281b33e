# Who supervises: the POSIX write lock that a supervisor holds on SERVICE/supervise/lock (spec/s6-compat 0.3, 2.6.1).

# is_locked FILE: 0 when a process other than this one holds a write lock on it, 1 when none does, 111 when nobody can say.
is_locked() {
  [ -e "$1" ] || return 1
  [ -r /proc/locks ] || return 111
  n6_device= n6_inode= n6_holders=
  read -r n6_device n6_inode <<END
$(stat -L -c '%d %i' "$1")
END
  is_number "$n6_inode" || return 111
  # glibc's and musl's packing of a device number; the kernel prints both halves with at least two hexadecimal digits.
  n6_file=$(printf '%02x:%02x:%d' $(((n6_device >> 8) & 4095)) $(((n6_device & 255) | ((n6_device >> 12) & 1048320))) "$n6_inode")
  while read -r _ n6_kind n6_third n6_way n6_holder n6_what _; do
    # `->` marks one that waits for the lock.
    [ "$n6_kind $n6_way" = 'POSIX WRITE' ] || continue
    [ "$n6_what" != "$n6_file" ] || return 0
    n6_holders="$n6_holders $n6_holder:${n6_what##*:}"
  done </proc/locks
  # overlayfs may show stat(2) another device than /proc/locks: then the holder's own descriptors tell, or, to a user who
  # may not look at them, the number of the inode, which is the same.
  for n6_holder in $n6_holders; do
    n6_what=${n6_holder#*:} n6_holder=${n6_holder%:*}
    if [ ! -r "/proc/$n6_holder/fd" ]; then
      [ "$n6_what" != "$n6_inode" ] || return 0
    fi
    for n6_descriptor in "/proc/$n6_holder/fd"/*; do
      [ "$n6_descriptor" -ef "$1" ] && return 0
    done
  done
  return 1
}
