# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Reports tests in KTAP: t NAME COMMAND [ARGUMENT...]. A command that ends with
# 4 was skipped, and has said why as its last line; any other code but 0 is a
# failure, of which the output is shown. Nothing else counts as passed.

KTAP_N=0
KTAP_FAILED=0
: "${KTAP_ONLY:=}"

ktap_begin()
{
	echo "KTAP version 1"
}

t()
{
	local name=$1 log rc start=$SECONDS

	shift
	if [ -n "$KTAP_ONLY" ] && [[ ! $name =~ $KTAP_ONLY ]]; then
		return 0
	fi
	KTAP_N=$((KTAP_N + 1))
	log=$VM_RUN/log.$KTAP_N
	# "set -e" holds only where nobody looks at the result.
	set +e
	(
		set -e
		trap - EXIT
		"$@"
	) > "$log" 2>&1
	rc=$?
	# Without a guest no test can have passed.
	[ -n "$VM_QEMU_PID" ] && ! vm_alive && rc=125
	case $rc in
	0) echo "ok $KTAP_N $name # $((SECONDS - start)) s" ;;
	4) echo "ok $KTAP_N $name # SKIP $(tail -n 1 "$log")" ;;
	*)
		echo "not ok $KTAP_N $name # $((SECONDS - start)) s, exit $rc"
		tail -n 25 "$log" | sed 's/^/# /'
		KTAP_FAILED=$((KTAP_FAILED + 1))
		;;
	esac
	if [ "$rc" -eq 125 ]; then
		echo "# the guest is gone; end of its console:"
		tail -n 60 "$VM_RUN/console" | sed 's/^/# /'
		echo "Bail out! guest is gone"
		exit 1
	fi
}

ktap_end()
{
	echo "1..$KTAP_N"
	[ "$KTAP_FAILED" -eq 0 ]
}

fail()
{
	echo "FAIL: $*"
	exit 1
}

skip()
{
	echo "$*"
	exit 4
}

# eq WHAT GOT WANTED
eq()
{
	[ "$2" = "$3" ] || fail "$1: got '$2', wanted '$3'"
}
