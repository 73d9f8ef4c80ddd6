# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Virtual machines for tests and the demo: sourced, not run.
#
#   host, network namespace $VM_NS             guest (TCG, stock kernel)
#   tap0 10.77.0.1/24, fd77::1/64  <────────>  eth0 10.77.0.2/24, fd77::2/64
#   tap1 10.78.0.1/24, fd78::1/64  <────────>  soft0 10.78.0.2/24, fd78::2/64
#
# eth0 is the adapter; soft0 is an ordinary card (virtio-net), so that what leaves
# through it is the kernel's to protect.
# The guest's root is the host's "/" over 9p, read-only, under a tmpfs overlay.
# Commands go in and verdicts come out through virtio-serial ports; scripts and
# their output lie in $VM_RUN/share, which the guest sees as /run/tlso.
# Leaves to others: what is tested (cases/), how it is reported (ktap.sh).

# What programs print is compared; a path left by su lacks sbin.
export LC_ALL=C.UTF-8 PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

VM_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
VM_DIR=$VM_TOP/tests/vm
VM_BUILD=$VM_TOP/build
VM_HOST4=10.77.0.1
VM_GUEST4=10.77.0.2
VM_HOST6=fd77::1
# shellcheck disable=SC2034 # for those who source this
VM_GUEST6=fd77::2
VM_SOFT_HOST4=10.78.0.1
VM_SOFT_HOST6=fd78::1
# shellcheck disable=SC2034
VM_SOFT4=10.78.0.2
# shellcheck disable=SC2034
VM_SOFT6=fd78::2

# One thread for all virtual processors: with several, TCG may run stale code
# after the kernel has patched it (static keys), seen as "Oops: int3".
#
# KVER: kernel version. VM_NIC: QEMU's device name. VM_KERNEL: a bzImage other
# than the installed one of KVER. VM_QEMU_ARGS: more words for QEMU.
: "${VM_NIC:=tls-offload}" "${VM_CPUS:=2}" "${VM_MEM:=1024}" "${VM_ACCEL:=tcg,thread=single}"
: "${VM_BOOT_TIMEOUT:=180}" "${VM_NIC_PROPS:=}"

VM_QEMU_PID=
VM_NS=
VM_RUN=

vm_say()
{
	printf '%s\n' "$*" >&2
}

ns()
{
	ip netns exec "$VM_NS" "$@"
}

# What the kernel needs before it sees the root file system, in load order.
vm_initrd()
{
	local out=$1 root mod file

	root=$(mktemp -d "$VM_RUN/initrd.XXXXXX")
	mkdir -p "$root/bin" "$root/mod"
	cp /usr/bin/busybox "$root/bin/busybox"
	install -m 755 "$VM_DIR/guest-init" "$root/init"
	for mod in virtio_pci 9pnet_virtio 9p overlay virtio_console; do
		modprobe -S "$KVER" --show-depends "$mod" 2>/dev/null |
			sed -n 's/^insmod \([^ ]*\).*/\1/p'
	done | awk '!seen[$0]++' |
		while read -r file; do
			case $file in
			*.xz) xz -dc "$file" > "$root/mod/$(basename "$file" .xz)" ;;
			*) cp "$file" "$root/mod/" ;;
			esac
			basename "$file" .xz >> "$root/mod/order"
		done
	touch "$root/mod/order"
	(cd "$root" && find . | cpio -o -H newc --quiet) > "$out"
	rm -rf "$root"
}

# Where modules of KVER are.
vm_modules()
{
	echo "${VM_MODULES:-$VM_BUILD/k-$KVER}/kmod"
}

vm_net_up()
{
	VM_NS=tlso-$$
	ip netns add "$VM_NS"
	ip -n "$VM_NS" link set lo up
	vm_tap tap0 "$VM_HOST4" "$VM_HOST6"
	vm_tap tap1 "$VM_SOFT_HOST4" "$VM_SOFT_HOST6"
}

# vm_tap NAME IPV4 IPV6
vm_tap()
{
	ip -n "$VM_NS" tuntap add dev "$1" mode tap
	ip -n "$VM_NS" addr add "$2/24" dev "$1"
	ip -n "$VM_NS" -6 addr add "$3/64" dev "$1" nodad
	ip -n "$VM_NS" link set "$1" up
	vm_patient "$1"
}

# vm_patient LINK: a guest that stands still for some seconds is looked for as long.
vm_patient()
{
	ns sysctl -q -w "net.ipv4.neigh.$1.mcast_solicit=30" \
		"net.ipv6.neigh.$1.mcast_solicit=30"
}

vm_alive()
{
	[ -n "$VM_QEMU_PID" ] && kill -0 "$VM_QEMU_PID" 2>/dev/null
}

# Waits until the guest has said a line that starts with $1, at most $2 s;
# prints the rest of that line.
vm_expect()
{
	local end=$((SECONDS + $2)) line

	while :; do
		line=$(grep -a -m1 "^$1\( \|$\)" "$VM_RUN/verdict" 2>/dev/null) && {
			printf '%s\n' "${line#"$1"}"
			return 0
		}
		vm_alive || return 2
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.03
	done
}

# Boots; returns when the guest takes commands.
vm_up()
{
	local kernel=${VM_KERNEL:-/boot/vmlinuz-$KVER} preload=() extra=() device

	mkdir -p "$VM_BUILD/vm"
	VM_RUN=$(mktemp -d "$VM_BUILD/vm/run.XXXXXX")
	mkdir -p "$VM_RUN/share/cmd" "$VM_RUN/share/out"
	cp "$VM_DIR/guest-agent" "$VM_RUN/share/agent"
	mkfifo "$VM_RUN/cmd.in" "$VM_RUN/cmd.out" \
		"$VM_RUN/monitor.in" "$VM_RUN/monitor.out"
	exec {VM_CMD_FD}<>"$VM_RUN/cmd.in" {VM_MON_FD}<>"$VM_RUN/monitor.in" \
		{VM_SAID_FD}<>"$VM_RUN/monitor.out"
	: > "$VM_RUN/verdict"
	vm_initrd "$VM_RUN/initrd.img"
	vm_net_up

	device=$VM_NIC,netdev=n0,mac=52:54:00:77:00:02
	read -r -a extra <<< "${VM_QEMU_ARGS:-}"
	if [ "$VM_NIC" = tls-offload ]; then
		preload=(env LD_PRELOAD="${VM_DEVICE:-$VM_BUILD/device/tls-offload.so}")
	fi
	ip netns exec "$VM_NS" "${preload[@]}" qemu-system-x86_64 \
		-M q35 -accel "$VM_ACCEL" -cpu max -smp "$VM_CPUS" \
		"${extra[@]}" -m "$VM_MEM" -nodefaults -no-user-config -display none \
		-no-reboot -kernel "$kernel" -initrd "$VM_RUN/initrd.img" \
		-append "console=ttyS0 loglevel=6 panic=-1 panic_on_warn=1 \
oops=panic net.ifnames=0 tlso.top=$VM_TOP ${VM_APPEND:-}" \
		-chardev file,id=con,path="$VM_RUN/console" \
		-serial chardev:con \
		-netdev tap,id=n0,ifname=tap0,script=no,downscript=no \
		-device "$device${VM_NIC_PROPS:+,$VM_NIC_PROPS}" \
		-netdev tap,id=n1,ifname=tap1,script=no,downscript=no \
		-device virtio-net-pci,netdev=n1,mac=52:54:00:78:00:02 \
		-device virtio-serial-pci \
		-chardev pipe,id=monitor,path="$VM_RUN/monitor" \
		-mon chardev=monitor,mode=readline \
		-chardev pipe,id=cmd,path="$VM_RUN/cmd" \
		-device virtserialport,chardev=cmd,name=tlso.cmd \
		-chardev file,id=verdict,path="$VM_RUN/verdict" \
		-device virtserialport,chardev=verdict,name=tlso.verdict \
		-fsdev local,id=root,path=/,security_model=none,readonly=on,multidevs=remap \
		-device virtio-9p-pci,fsdev=root,mount_tag=root \
		-fsdev local,id=run,path="$VM_RUN/share",security_model=none \
		-device virtio-9p-pci,fsdev=run,mount_tag=run \
		> "$VM_RUN/qemu.log" 2>&1 < /dev/null &
	VM_QEMU_PID=$!

	vm_expect ready "$VM_BOOT_TIMEOUT" > /dev/null || {
		vm_say "guest did not come up; end of its console:"
		tail -n 25 "$VM_RUN/console" "$VM_RUN/qemu.log" >&2
		return 1
	}
}

# vm_bg: starts the script on stdin in the guest, prints its id.
vm_bg()
{
	local id

	id=$(printf '%08x' "$SRANDOM")
	{ echo "cd /tmp"; cat; } > "$VM_RUN/share/cmd/$id"
	echo "$id" >&"$VM_CMD_FD"
	echo "$id"
}

# vm_wait ID [SECONDS]: its output to stdout; its exit code, or 124 when it did
# not end in time, 125 when the guest is gone.
vm_wait()
{
	local id=$1 rc ret=0

	rc=$(vm_expect "done $id" "${2:-60}") || ret=$?
	cat "$VM_RUN/share/out/$id" 2>/dev/null
	case $ret in
	0) return "${rc# }" ;;
	1) vm_say "guest: no answer in ${2:-60} s"; return 124 ;;
	*) vm_say "guest is gone"; return 125 ;;
	esac
}

# vm [-t SECONDS] COMMAND: the shell command in the guest, or the script on
# stdin if the command is "-". VM_SLOW: such a kernel gets so many times as long.
vm()
{
	local limit=60 id

	if [ "$1" = -t ]; then
		limit=$2
		shift 2
	fi
	if [ "$1" = - ]; then
		id=$(vm_bg)
	else
		id=$(vm_bg <<< "$*")
	fi
	vm_wait "$id" $((limit * ${VM_SLOW:-1}))
}

# vm_start NAME WORD COMMAND: a program in the guest that is up when it says WORD,
# until vm_stop NAME. What it says is in /run/NAME, its process in /run/NAME.pid.
vm_start()
{
	vm "rm -f /run/$1
		$3 > /run/$1 2>&1 &
		echo \$! > /run/$1.pid; disown
		for i in \$(seq 150); do grep -qs '$2' /run/$1 && exit 0
		sleep 0.1; done; cat /run/$1; exit 1"
}

vm_stop()
{
	vm "kill \$(cat /run/$1.pid); cat /run/$1"
}

# vm_insmod FILE...: each with the kernel's own modules that it needs, which
# insmod alone would not load.
vm_insmod()
{
	vm - <<-EOF
	set -e
	for file in $*; do
		for dep in \$(modinfo -F depends "\$file" | tr , ' '); do
			[ "\$dep" = tls_offload ] || modprobe "\$dep"
		done
		insmod "\$file"
	done
	EOF
}

# vm_if MAC NAME IPV4 IPV6: names the guest's card with that address.
vm_if()
{
	cat <<-EOF
	dev=\$(grep -l '^$1\$' /sys/class/net/*/address | head -n 1 | cut -d/ -f5)
	[ -n "\$dev" ] || { echo "no network interface $1"; exit 1; }
	# A kernel with the other card's driver built in gave that one the name.
	[ "\$dev" = $2 ] || [ ! -e /sys/class/net/$2 ] ||
		ip link set $2 name was-$2
	ip link set "\$dev" name $2 2>/dev/null
	ip addr replace $3/24 dev $2
	ip -6 addr replace $4/64 dev $2 nodad
	ip link set $2 up
	EOF
}

# vm_memory FILE: the guest's memory, as it is at one moment.
vm_memory()
{
	local line

	# What it had to say before is of no interest.
	while read -r -t 0.2 -u "$VM_SAID_FD" line; do :; done
	printf 'pmemsave 0 %#x "%s"\ninfo status\n' $((VM_MEM << 20)) "$1" \
		>&"$VM_MON_FD"
	while read -r -t 60 -u "$VM_SAID_FD" line; do
		[[ $line != 'VM status:'* ]] || break
	done
	[ "$(stat -c %s "$1")" -eq $((VM_MEM << 20)) ]
}

# vm_net: gives the guest's Ethernet interfaces their names and addresses.
vm_net()
{
	vm -t 60 - <<-EOF
	$(vm_if 52:54:00:77:00:02 eth0 "$VM_GUEST4" "$VM_GUEST6")
	EOF
}

vm_soft_net()
{
	vm -t 60 - <<-EOF
	modprobe virtio_net
	modprobe aesni_intel
	$(vm_if 52:54:00:78:00:02 soft0 "$VM_SOFT4" "$VM_SOFT6")
	EOF
}

# What root has built by way of sudo belongs to whom the tree does.
vm_owner()
{
	[ "$(stat -c %u "$VM_TOP")" -eq "$(id -u)" ] ||
		chown -Rh --reference="$VM_TOP" "$VM_BUILD"
}

# Ends the guest and takes away all that vm_up made but the logs, which are put
# at build/vm/last-$KVER.
vm_down()
{
	local i

	if vm_alive; then
		kill "$VM_QEMU_PID" 2>/dev/null
		for i in $(seq 50); do
			vm_alive || break
			[ "$i" -ne 50 ] || kill -9 "$VM_QEMU_PID" 2>/dev/null
			sleep 0.1
		done
	fi
	[ -z "$VM_QEMU_PID" ] || wait "$VM_QEMU_PID" 2>/dev/null
	VM_QEMU_PID=
	if [ -n "$VM_NS" ]; then
		# What a test forgot: only processes of our own namespace.
		ip netns pids "$VM_NS" 2>/dev/null | xargs -r kill 2>/dev/null
		ip netns del "$VM_NS" 2>/dev/null
		VM_NS=
	fi
	[ -z "${VM_CMD_FD:-}" ] ||
		exec {VM_CMD_FD}>&- {VM_MON_FD}>&- {VM_SAID_FD}>&-
	VM_CMD_FD=
	if [ -n "$VM_RUN" ]; then
		rm -rf "$VM_RUN/initrd.img" "$VM_RUN"/cmd.* \
			"$VM_RUN"/monitor.* "$VM_RUN/share/pki"
		rm -rf "$VM_BUILD/vm/last-$KVER"
		mv "$VM_RUN" "$VM_BUILD/vm/last-$KVER"
		VM_RUN=
	fi
	vm_owner
	return 0
}
