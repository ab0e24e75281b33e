#!/bin/sh
# What a container runtime does before it starts an image: run by unshare(1) as PID 1 of new PID, mount, network, UTS and IPC
# namespaces, it makes a root of its own and becomes /init.
#
# usage: demo-host.sh DIRECTORY NAME NODE [VARIABLE=value...]
#   DIRECTORY/tree is laid over this machine's root; DIRECTORY/disk, an empty directory, holds what the host writes, in memory.
#   NODE is the program that the layer without a runtime of its own takes for `node`.
# It prints a line when the namespaces are there, and goes on when it is given one: meanwhile somebody connects the network.
# Every mount is in the mount namespace alone: nothing has to be taken away when its last process has ended.
set -eu
directory=$1 name=$2 node=$3
shift 3
disk=$directory/disk root=$directory/disk/root

main() {
  mount -t tmpfs -o mode=755 n6-demo "$disk"
  mkdir "$root"
  overlay / ''
  # overlayfs does not look into what is mounted below its lower directory.
  for place in /usr /usr/local /opt /etc /var; do if mountpoint -q "$place"; then overlay "$place" "${place#/}"; fi; done
  furnish
  ip link set lo up
  echo "$name" >"$root/proc/sys/kernel/hostname"
  echo ready
  read -r _
  cd "$root"
  mkdir .machine
  pivot_root . .machine
  # PATH is the one of a plain image. Output goes to the host's log, also what shells print that open /dev/stdout.
  exec chroot . /bin/sh -c 'umount -l /.machine && rmdir /.machine && exec env -i "$@" /init' sh \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@" </dev/null >&2
}

overlay() {
  part=$disk/$(echo "root$1" | tr / _)
  mkdir -p "$part.upper" "$part.work"
  mount -t overlay -o "lowerdir=$1,upperdir=$part.upper,workdir=$part.work" n6-demo "$root/$2"
}

furnish() {
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  for place in run tmp dev; do mount -t tmpfs "n6-$place" "$root/$place"; done
  chmod 755 "$root/run" "$root/dev"
  for device in null zero full random urandom tty; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts"
  mount -t tmpfs n6-shm "$root/dev/shm"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  for number in 0,stdin 1,stdout 2,stderr; do ln -s "/proc/self/fd/${number%,*}" "$root/dev/${number#*,}"; done
  rm -rf "$root/etc/services.d" "$root/etc/cont-init.d" "$root/etc/cont-finish.d" "$root/etc/fix-attrs.d" "$root/etc/n6" "$root/etc/hosts"
  cp -a "$directory/tree/." "$root/"
  rm -f "$root/usr/local/bin/node"
  : >"$root/usr/local/bin/node"
  mount --bind "$node" "$root/usr/local/bin/node"
}

main "$@"
