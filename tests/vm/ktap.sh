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
	case $rc in
	0) echo "ok $KTAP_N $name # $((SECONDS - start)) s" ;;
	4) echo "ok $KTAP_N $name # SKIP $(tail -n 1 "$log")" ;;
	*)
		echo "not ok $KTAP_N $name # $((SECONDS - start)) s, exit $rc"
		tail -n 25 "$log" | sed 's/^/# /'
		KTAP_FAILED=$((KTAP_FAILED + 1))
		;;
	esac
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
