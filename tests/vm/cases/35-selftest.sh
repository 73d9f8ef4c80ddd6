# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's own cases for sockets with records, net/tls.c of its selftests, over
# connections on loopback of which one end is a socket of ours and the other one
# kernel TLS: each case twice, as either end. What does not apply is named, with
# the reason, and not counted.
#
# SELFTEST_VARIANTS, if set, are the harness's variants to run instead.
#
# Leaves to: tests/ktls-selftest how such connections are made.

SELFTEST=$VM_TOP/tests/ktls-selftest
# Dozens of megabytes each, between a dozen processes.
SELFTEST_LONG="mutliproc_even mutliproc_readers mutliproc_writers
	mutliproc_sendpage_even mutliproc_sendpage_readers
	mutliproc_sendpage_writers"

selftest_build()
{
	make -s -C "$SELFTEST" OUT="$VM_BUILD/ktls-selftest"
}

selftest_rule()
{
	vm 'ip link set lo up
		cat /proc/sys/net/tls_offload/secure_ports' > "$VM_RUN/ports"
	vm "echo '$(cat "$VM_RUN/ports") 7443:web' > /proc/sys/net/tls_offload/secure_ports"
}

selftest_no_rule()
{
	vm "echo '$(cat "$VM_RUN/ports")' > /proc/sys/net/tls_offload/secure_ports"
}

# selftest_run VARIANT [OPTION...]: keeps what the cases say. A case that said
# nothing is a failure of this; one that failed is reported by name.
selftest_run()
{
	local said=$VM_RUN/selftest.$1 plans

	# Cases that fail make it fail, and are looked at later.
	vm -t 600 "SECURED=$VM_BUILD/ktls-selftest/secured \
		$SELFTEST/run 7443 ${*:2} -v $1" > "$said" || true
	plans=$(sed -n 's/^1\.\.\([1-9][0-9]*\)$/\1/p' "$said")
	eq "ends that ran" "$(wc -w <<< "$plans")" 2
	eq "cases that said something" "$(grep -c '^\(ok\|not ok\) ' "$said")" \
		$((${plans//[[:space:]]/ + }))
}

# selftest_case VARIANT LINE
selftest_case()
{
	local name=${2#*ktls-selftest }

	case $2 in
	*' # SKIP'*) skip "${2#*# SKIP }" ;;
	'ok '*) return 0 ;;
	esac
	# All that it said, of both ends: which one it was shows the name.
	grep -F "${name#* }" -B 12 "$VM_RUN/selftest.$1" || true
	fail "$2"
}

# selftest VARIANT [OPTION...]
selftest()
{
	local said line name

	t "selftest: $1: every case was run" selftest_run "$@"
	[ -e "$VM_RUN/selftest.$1" ] || return 0
	mapfile -t said < <(grep '^\(ok\|not ok\) ' "$VM_RUN/selftest.$1")
	for line in "${said[@]}"; do
		name=${line#*ktls-selftest }
		t "selftest: ${name%% #*}" selftest_case "$1" "$line"
	done
}

short=()
for case in $SELFTEST_LONG; do
	short+=(-T "$case")
done

# Moving much data with one variant is enough.
selftest_variants()
{
	local variant variants="12_aes_gcm 13_aes_gcm_256 12_aes_gcm_256 13_chacha
		12_chacha"

	if [ -n "$SHORT" ]; then
		echo "# selftest: not run: variants but 13_aes_gcm: short"
		selftest 13_aes_gcm "${short[@]}"
		return
	fi
	if [ -n "$MOST" ]; then
		echo "# selftest: not run: what moves much data but mutliproc_even"
		echo "# selftest: not run: variants but 13_aes_gcm and 12_chacha"
		selftest 13_aes_gcm "${short[@]:2}" # but the first one's -T
		variants=12_chacha
	else
		selftest 13_aes_gcm
	fi
	echo "# selftest: not run: what moves much data, with other variants"
	for variant in $variants; do
		selftest "$variant" "${short[@]}"
	done
}

grep -v '^#' "$SELFTEST/not-applicable" | sed 's/^/# selftest: not run: /'
[ -z "$SHORT" ] || echo "# selftest: not run: what moves much data: short"
t "selftest: the kernel's cases are compiled" selftest_build
t "selftest: a rule for the port" selftest_rule
if [ -n "${SELFTEST_VARIANTS:-}" ]; then
	[ -n "$SHORT" ] || short=()
	for variant in $SELFTEST_VARIANTS; do
		selftest "$variant" "${short[@]}"
	done
else
	selftest_variants
fi
t "selftest: the rule goes" selftest_no_rule
