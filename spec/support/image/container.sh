# Runs a shell's text as a container of the image would: in its root, which cannot be written, as its user, from /source.
# Started by `unshare --mount`, as root:
#   container.sh ROOT SOURCE CONFIG ro|rw proc|none TEXT   ROOT: the unpacked image's; SOURCE and CONFIG: folders to mount
#                                                          there, and whether CONFIG may be written; whether /proc is there
set -e
root=$1 source=$2 config=$3 mode=$4 proc=$5 text=$6
mount --bind "$root" "$root"
mount --bind "$source" "$root/source"
mount --bind "$config" "$root/config"
mount -o "remount,bind,$mode" "$root/config"
mount --rbind /dev "$root/dev"
[ "$proc" = none ] || mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"
exec chroot --userspec=1000:1000 --groups=1000 "$root" /bin/sh -c 'cd /source && exec /bin/sh -c "$1"' sh "$text"
