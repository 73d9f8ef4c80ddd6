# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# No memory: each call of the module's that may allocate fails once, one after the other
# (tests/no-memory), or thirty in a row: while modules load, while the guest accepts and
# connects, by the kernel and by the adapter, while rules and keys are loaded. Connections
# may end; nothing goes in clear, nobody waits in vain, nothing stays behind.

NOMEM=/sys/module/tlso_nomem/parameters

nomem_load()
{
	local known missed

	make -s -C "$VM_TOP/tests/no-memory" KVER="$KVER" modules
	web_stop
	modules_unload
	vm "insmod $VM_BUILD/no-memory/k-$KVER/tlso_nomem.ko && cat $NOMEM/knows" \
		> "$VM_RUN/knows"
	# What the module calls, and what is watched: no name of the kind is forgotten.
	# free_percpu and others of the words' do not allocate.
	missed=$(nm -u "$(vm_modules)"/tls_offload*.ko | awk '{ print $2 }' |
		grep -E 'alloc|dup|refill|^crypto_aead_[des][a-z]*(crypt|key)|insert|dma_map|build_skb' |
		grep -vxF -f "$VM_RUN/knows" | grep -vE '^kmalloc_caches$|free|update|vmalloc_to|is_vmalloc|^debug_' || true)
	eq "not watched" "$missed" ""
	known=$(grep -c . "$VM_RUN/knows")
	[ "$known" -gt 20 ] || fail "only $known functions are watched"
}

# nomem_each STATE DO UNDO [SAID [DONE]]: commands in the guest. DO fails as often as it
# takes until it has all that it asks for; it says so (SAID), and leaves the state as it
# was. DONE is what it says where it was done, but not all of it.
nomem_each()
{
	vm -t 600 - <<-EOF
	was="\$($1)"
	refused=0
	for at in \$(seq 1 ${NOMEM_STEP:-1} 1000); do
		good=1
		echo \$at > $NOMEM/at
		{ $2; } > /run/said 2>&1 || good=
		failed=\$(cat $NOMEM/failed)
		last=\$(cat $NOMEM/last)
		echo 0 > $NOMEM/at
		[ \$failed -ne 0 ] || break
		[ -z '${5:-}' ] || ! grep -q '${5:-}' /run/said || good=1
		echo "\$at \$last: \${good:+did all the same} \$(cat /run/said)"
		if [ "\$good" ]; then
			$3
		else
			refused=\$((refused + 1))
			grep -q '${4:-Cannot allocate memory}' /run/said ||
				{ echo "is not what it has to say"; exit 1; }
		fi
		[ "\$($1)" = "\$was" ] || { echo "left behind: \$($1)"; exit 1; }
	done
	echo "\$at calls, \$refused times refused"
	[ "\$good" ] || { echo "no call failed, and yet: \$(cat /run/said)"; exit 1; }
	$3
	[ "\$at" -lt 1000 ] && [ \$refused -gt 0 ]
	EOF
}

# The self-test on loading says no more than that a primitive did not work.
nomem_insmod()
{
	local mod

	mod=/run/tls_offload.ko
	vm "cp $(vm_modules)/tls_offload.ko $mod
		for dep in \$(modinfo -F depends $mod | tr , ' '); do
			modprobe \$dep || exit 1
		done"
	NOMEM_STEP=${MOST:+7} \
		nomem_each "grep -c '^tls_offload ' /proc/modules" "insmod $mod" \
		"rmmod tls_offload" "Cannot allocate memory\|corrupted shared library"
}

nomem_setup()
{
	insmod_works
	sleep 1
	vm_soft_net
	pki_ring -g web rsa
	pki_ring -g webec ec
	pki_ring -g nomem ca
	vm 'sysctl -w net.tls_offload.secure_ports="8443:web 8450:webec"'
	connect_ports "9461:nomem:web.test"
	web_start
	page_ok "$VM_GUEST4:8443"
	openssl rand -hex 5000 > "$VM_RUN/nomem.text"
}

nomem_policy()
{
	cat > "$VM_RUN/share/nomem.0" <<-'EOF'
	rule before { direction out; remote port 9998; verdict require; keyring nomem }
	EOF
	cat > "$VM_RUN/share/nomem.1" <<-'EOF'
	rule all {
		direction in
		local port 9443, 9445-9450
		local address 192.0.2.0/24, 2001:db8::1-2001:db8::ff
		remote port 1024-65535
		remote address 198.51.100.16/28, 2001:db8::/32
		user 33
		group 33, 100-110
		command "ngi nx*"
		cgroup /
		verdict require
		keyring web
		client-auth require
		alpn h2, http/1.1, "a b"
	}
	rule named { direction out; remote port 9999; verdict prefer; keyring nomem
		server-name web.test }
	rule off { direction in; local port 9997; verdict off }
	EOF
	vm "echo 8443:web > /proc/sys/net/tls_offload/secure_ports
		$VM_BUILD/tools/tlsoffload policy load /run/tlso/nomem.0"
	NOMEM_STEP=${MOST:+3} nomem_each "$VM_BUILD/tools/tlsoffload policy show" \
		"$VM_BUILD/tools/tlsoffload policy load /run/tlso/nomem.1" \
		"$VM_BUILD/tools/tlsoffload policy load /run/tlso/nomem.0" \
		"Cannot allocate memory" "in force, but a listener cannot be"
	vm "$VM_BUILD/tools/tlsoffload policy clear"
}

nomem_sysctl()
{
	local ports=/proc/sys/net/tls_offload/secure_ports

	vm "echo 8443:web > $ports"
	nomem_each "cat $ports" "echo '8443:web 8450:webec:request' > $ports" \
		"echo 8443:web > $ports" "Cannot allocate memory" \
		"Device or resource busy"
	vm "echo '8443:web 8450:webec' > $ports"
}

# A key that is not taken is not there.
nomem_keys()
{
	local kind

	for kind in rsa ec ca; do
		nomem_each "keyctl list @u" \
			"keyctl padd tls_offload nomem-$kind @u < /run/tlso/pki/$kind.payload" \
			"keyctl unlink %tls_offload:nomem-$kind @u"
	done
}

# nomem_run ROLE [ARGUMENT...]; NOMEM_VIA: the card, NOMEM_OF: whose calls
nomem_run()
{
	local rc=0 port=8450 where=$VM_SOFT4 tap=tap1

	[ "${NOMEM_VIA:-}" != adapter ] || { where=$VM_GUEST4 tap=tap0; }
	vm "echo ${NOMEM_OF:-0} > $NOMEM/of"
	[ "$1" = accept ] || port=9461
	[ "${2:-}" != --start ] || port=$((port + 2))
	vm_start nomem listening "$VM_DIR/nomem.py guest 7001"
	CAP_IF=$tap cap_begin nomem tcp port $port
	ns timeout 500 "$VM_DIR/nomem.py" "$1" "$where" 7001 $port "$PKI" ec \
		"$VM_RUN/nomem.text" "${@:2}" > "$VM_RUN/nomem.out" 2>&1 || rc=$?
	cap_end
	vm 'cat /run/nomem'
	vm "echo 0 > $NOMEM/of"
	[ "$rc" -ne 0 ] || sed -n '1,/calls failed one by one/p' "$VM_RUN/nomem.out"
	tail -n 20 "$VM_RUN/nomem.out"
	cap_clear $port "$VM_RUN/nomem.text"
	return $rc
}

# Without memory in the driver the kernel goes on by itself.
nomem_adapter()
{
	NOMEM_VIA=adapter NOMEM_OF=$1 nomem_run "${@:2}"
}

# The adapter's driver.
nomem_insmod_nic()
{
	local mod=/run/tls_offload_nic.ko step=3

	[ -z "$MOST" ] || step=23
	vm "cp $(vm_modules)/tls_offload_nic.ko $mod; rmmod tls_offload_nic
		echo 1 > $NOMEM/of"
	# Who has no memory to drive a device with leaves the device alone.
	NOMEM_STEP=$step nomem_each "grep -c '^tls_offload_nic ' /proc/modules; ls /sys/class/net" \
		"insmod $mod && { ls -d /sys/bus/pci/drivers/tls_offload_nic/0000:* ||
			{ rmmod tls_offload_nic; false; }; }" \
		"rmmod tls_offload_nic" "No such file\|Cannot allocate memory"
	vm "echo 0 > $NOMEM/of"
	nic_load
}

nomem_nothing_left()
{
	vm -t 90 'for i in $(seq 100); do
			n=$(grep -c "^[^#]" /proc/net/tls_offload)
			s=$(ss -Htan state all "( sport = :8450 or sport = :8452 or dport = :9461 or dport = :9463 )" |
				grep -vc -e LISTEN -e TIME-WAIT)
			[ "$n" -le 1 ] && [ "$s" -eq 0 ] && exit 0
			sleep 0.5
		done; cat /proc/net/tls_offload
		ss -tanoie state all "( sport = :8450 or sport = :8452 or dport = :9461 or dport = :9463 )"; exit 1'
}

[ -z "$SHORT" ] || echo "# no memory: not run: what is the same in every kernel"
t "no memory: every call that allocates is watched" nomem_load
[ "$SHORT" ] || t "no memory: insmod" nomem_insmod
t "no memory: a module that has it, identities" nomem_setup
t "no memory: who accepts" nomem_run accept
t "no memory: who connects" nomem_run connect
t "no memory: who accepts, for 30 calls" nomem_run accept --burst 30
t "no memory: who connects, for 30 calls" nomem_run connect --burst 30
if [ -z "$SHORT" ]; then
	t "no memory: who accepts, TLS 1.2" nomem_run accept --version 1.2
	t "no memory: who connects, TLS 1.2" nomem_run connect --version 1.2
	t "no memory: who accepts and starts it himself" \
		nomem_run accept --start webec
	t "no memory: who connects and starts it himself" \
		nomem_run connect --start nomem
fi
if [ "$VM_NIC" = tls-offload ]; then
	t "no memory: who accepts, by the adapter" nomem_adapter 0 accept
	t "no memory: who connects, by the adapter" nomem_adapter 0 connect
	t "no memory: the adapter's driver, who accepts" \
		nomem_adapter 1 accept --harmless
	t "no memory: the adapter's driver, who connects" \
		nomem_adapter 1 connect --harmless
	[ "$SHORT" ] ||
		t "no memory: insmod of the adapter's driver" nomem_insmod_nic
fi
if [ -z "$SHORT" ]; then
	t "no memory: rules" nomem_policy
	t "no memory: secure_ports" nomem_sysctl
	t "no memory: keys" nomem_keys
fi
t "no memory: nothing is left" nomem_nothing_left
