# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sockets stay sockets: prog/same plays every call through on a plain connection and
# on one that the kernel secures at both ends, and prints what came of it. The two
# must be the same, but for what same.differences lists with a reason; and what that
# lists must be there.

SAME_PORT=9490

# Whose calls are looked at: client, server or both.
: "${SAME_ROLE:=$([ "$SHORT" ] && echo server || echo both)}"

same_setup()
{
	pki_ring same ca
	vm 'sysctl -n net.tls_offload.secure_ports' > "$VM_RUN/ports"
}

same_ports()
{
	vm "sysctl -qw net.tls_offload.secure_ports='$1'"
}

# same_run NAME ADDRESS: its output in $VM_RUN/NAME
same_run()
{
	vm -t 200 "$VM_BUILD/vm/prog/same $2 $SAME_PORT $SAME_ROLE \
		${SAME_ONLY:-} 2>&1 || echo exit \$?" > "$VM_RUN/$1"
	! grep -e '^exit' -e '^same:' "$VM_RUN/$1" || fail "it did not end well"
	# Nothing was waited for in vain.
	! grep -e ': never ' -e 'have come$' "$VM_RUN/$1" || fail "that did not come"
	wc -l < "$VM_RUN/$1"
}

same_plain()
{
	same_run same.plain4 127.0.0.1
	[ "$MOST" ] || same_run same.plain6 ::1
}

# same_secured_as NAME ADDRESS
same_secured_as()
{
	local rc=0

	connect_ports "$SAME_PORT:same:web.test"
	same_ports "$(cat "$VM_RUN/ports") $SAME_PORT:web"
	(same_run "$1" "$2") || rc=$?
	same_ports "$(cat "$VM_RUN/ports")"
	connect_ports ""
	return $rc
}

same_secured()
{
	same_secured_as same.secured4 127.0.0.1
	[ "$MOST" ] || same_secured_as same.secured6 ::1
}

# Each end renews its keys with every fourth record: nobody sees that.
same_rekey()
{
	local rc=0

	vm 'echo 4 > /sys/module/tls_offload/parameters/rekey_records'
	same_secured_as same.rekey4 127.0.0.1 || rc=$?
	vm 'echo 0 > /sys/module/tls_offload/parameters/rekey_records'
	[ $rc -eq 0 ] || return $rc
	diff -U0 "$VM_RUN/same.secured4" "$VM_RUN/same.rekey4"
}

# same_diff FAMILY: order is of no interest, every line is
same_diff()
{
	grep '^[-+]' "$VM_DIR/same.differences" | sort > "$VM_RUN/listed"
	[ "$SAME_ROLE" = both ] ||
		sed -i "/^[^ ]* $SAME_ROLE: /!d" "$VM_RUN/listed"
	diff -U0 "$VM_RUN/same.plain$1" "$VM_RUN/same.secured$1" |
		sed -n -e 1,2d -e '/^[-+]/p' | sort > "$VM_RUN/differ"
	diff -U0 "$VM_RUN/listed" "$VM_RUN/differ" ||
		fail "+ differs and is not listed, - is listed and does not differ"
}

[ -z "$MOST" ] || echo "# same: not run: IPv6, keys that change all the time"
t "same: rings" same_setup
t "same: every call on plain sockets" same_plain
t "same: every call on secured ones" same_secured
t "same: what differs is what is listed, IPv4" same_diff 4
[ "$MOST" ] || t "same: what differs is what is listed, IPv6" same_diff 6
[ "$MOST" ] || t "same: keys that change all the time" same_rekey
