#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Shows that the debug kernel notices: loads mistakes/ with each kind of mistake
# and looks for the report.  Needs build.sh's kernel.  About a minute.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "$here/../.." && pwd)/build/debug-kernel
work=$out/prove
log=$work/console

rm -rf "$work"
mkdir -p "$work/mod" "$work/root/bin" "$work/root/lib"
cp "$here/mistakes/Kbuild" "$here/mistakes/tlso_mistake.c" "$work/mod/"
make -s -C "$out/linux" M="$work/mod" modules

cp /usr/bin/busybox "$work/root/bin/busybox"
cp "$work/mod/tlso_mistake.ko" "$here/leak-scan.sh" "$work/root/"
cat >"$work/root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mkdir -p /proc /sys /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
sh /leak-scan.sh clear
sh /leak-scan.sh && echo PROVE-no-leak
# lockdep and KASAN speak once; lockdep's own first, as others switch it off
for kind in deadlock sleep object overrun leak; do
	echo "PROVE-$kind"
	insmod /tlso_mistake.ko kind=$kind 2>/dev/null
done
sh /leak-scan.sh >/dev/null || echo "PROVE-leak-found $?"
echo PROVE-end
poweroff -f
INIT
chmod +x "$work/root/init"
(cd "$work/root" && find . | cpio -o -H newc --quiet) >"$work/initrd"

timeout 300 qemu-system-x86_64 -machine q35 -accel tcg -cpu max -smp 2 -m 768 \
	-nographic -no-reboot -nic none -kernel "$out/bzImage" \
	-initrd "$work/initrd" -append "console=ttyS0 panic=-1" \
	>"$log" 2>&1 </dev/null || true

failed=0
expect() {
	if sed -n "/PROVE-$1/,/PROVE-/p" "$log" | grep -qa -- "$2"; then
		echo "ok $1"
	else
		echo "not ok $1: no \"$2\" in $log"
		failed=1
	fi
}
expect no-leak 'PROVE-no-leak'
expect deadlock 'possible circular locking dependency'
expect sleep 'scheduling while atomic\|sleeping function called'
expect object 'ODEBUG: free active'
expect overrun 'KASAN: slab-out-of-bounds'
expect leak 'PROVE-leak-found 1'
exit "$failed"
