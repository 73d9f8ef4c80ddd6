# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# Who may take how much: connections are their namespace's own affair.

# Many connections, read in small pieces: each is there, and once.
limits_listed()
{
	serve never limits_listed_body
}

limits_listed_body()
{
	local out

	ns python3 - "$VM_SOFT4" > "$VM_RUN/many" 2>&1 <<-'EOF' &
	import socket, sys, time
	held = [socket.create_connection((sys.argv[1], 8450), timeout=30)
	        for _ in range(200)]
	print("ports", *sorted(s.getsockname()[1] for s in held), flush=True)
	time.sleep(300)
	EOF
	for _ in $(seq 150); do
		! grep -q ^ports "$VM_RUN/many" || break
		sleep 0.2
	done
	vm 'cat /proc/net/tls_offload' > "$VM_RUN/whole"
	vm 'dd if=/proc/net/tls_offload bs=50 2> /dev/null' > "$VM_RUN/pieces"
	vm 'ip netns add tlso-other
		ip netns exec tlso-other cat /proc/net/tls_offload
		ip netns del tlso-other' > "$VM_RUN/elsewhere"
	kill $!
	wait $! || true
	out=$(grep ^ports "$VM_RUN/many" | cut -d' ' -f2-)
	eq "connections" "$(wc -w <<< "$out")" 200
	for file in whole pieces; do
		eq "ports of $file" "$(awk '$1 == "[::ffff:10.78.0.2]:8450" && $3 == "pending" { sub(".*:", "", $2); print $2 }' \
			"$VM_RUN/$file" | sort -n | xargs)" "$out"
	done
	eq "lines elsewhere" "$(cut -d' ' -f1 "$VM_RUN/elsewhere")" local
}

# A connection within another namespace is listed there, and only there.
limits_other_namespace()
{
	vm -t 120 - <<-EOF
	ip netns add tlso-other
	trap 'kill \$(jobs -p); ip netns del tlso-other' EXIT
	in="ip netns exec tlso-other"
	\$in ip link set lo up
	\$in sysctl -w net.tls_offload.secure_ports=8450:web || exit 1
	\$in $VM_BUILD/vm/prog/plain 8450 read > /run/other 2>&1 &
	for i in \$(seq 50); do
		! grep -q listening /run/other || break
		sleep 0.1
	done
	sleep 100 | \$in openssl s_client -connect 127.0.0.1:8450 \
		> /run/other.out 2>&1 &
	for i in \$(seq 50); do
		! \$in grep -q secure /proc/net/tls_offload || break
		sleep 0.1
	done
	\$in cat /proc/net/tls_offload | tee /run/other.lines
	cat /run/other /run/other.out
	grep -c ':8450 .* secure ' /run/other.lines || exit 1
	[ "\$(wc -l < /run/other.lines)" -eq 2 ] || exit 1
	! grep '127.0.0.1\]:8450' /proc/net/tls_offload
	EOF
}

t "limits: /proc: each connection once, however it is read" limits_listed
t "limits: /proc: a connection of another namespace" limits_other_namespace
