#!/bin/sh
# Makes a root of its own out of an overlay of this machine's, puts the layer and the services into it, and becomes /init.
# usage: container.sh LAYER DIRECTORY SHELL_ENVIRONMENT [CMD...]; DIRECTORY is seen under the same path inside.
set -e
layer=$1 directory=$2 words=$3
# Paths that the container's root does not have although this machine has them.
without=${N6_TEST_WITHOUT-}
# Who runs /init and owns /run: USER:GROUP in numbers; nothing is root.
user=${N6_TEST_USER:-0:0}
# What becomes PID 1.
program=${N6_TEST_PROGRAM:-/init}
unset N6_TEST_WITHOUT N6_TEST_USER N6_TEST_PROGRAM
shift 3
mount --make-rprivate /
mkdir "$directory/overlay"
mount -t tmpfs n6-test "$directory/overlay"
top=$directory/overlay
mkdir "$top/upper" "$top/work" "$top/root"
mount -t overlay n6-test -o "lowerdir=/,upperdir=$top/upper,workdir=$top/work" "$top/root"
mount -t proc proc "$top/root/proc"
mount --rbind /dev "$top/root/dev"
mount -t tmpfs n6-run "$top/root/run"
chown "$user" "$top/root/run"
mkdir -p "$top/root$directory"
mount --bind "$directory" "$top/root$directory"
rm -rf "$top/root/etc/services.d" "$top/root/etc/n6"
for path in $without; do
  rm -rf "$top/root$path"
done
cp -a "$layer/." "$top/root/"
cp -a "$directory/services.d/." "$top/root/etc/services.d/"
cp -a --remove-destination "$directory/root/." "$top/root/"
cd "$top/root"
if [ -n "$words" ]; then
  eval "exec env -i $words /usr/sbin/chroot --userspec=$user . $program \"\$@\""
fi
exec /usr/sbin/chroot --userspec="$user" . "$program" "$@"
