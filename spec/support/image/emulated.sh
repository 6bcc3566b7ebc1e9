# Runs a command for which the kernel starts another architecture's programs by qemu, and for nobody else: binfmt_misc is
# mounted in a user namespace (Linux 6.7). As root.
#   emulated.sh REGISTRATION COMMAND…   REGISTRATION: a file of /usr/lib/binfmt.d
set -e
gate=$(mktemp -u) # opened for it when its users are mapped
mkfifo "$gate"
unshare --user --keep-caps --mount sh -c '
  read -r open <"$1"
  mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
  cat "$2" >/proc/sys/fs/binfmt_misc/register
  shift 2
  exec "$@"' sh "$gate" "$@" &
until [ "$(readlink "/proc/$!/ns/user")" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.01; done
echo '0 0 65536' >"/proc/$!/uid_map"
echo '0 0 65536' >"/proc/$!/gid_map"
echo open >"$gate"
rm "$gate"
wait "$!"
