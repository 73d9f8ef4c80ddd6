# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The software placement's cryptography in this kernel, against Wycheproof's
# vectors: a module of the tests' own with the same sources compiled in, so that
# tls_offload exports nothing for it. Loading it runs the self-test, too.

vectors_make()
{
	make -s -C "$VM_TOP/tests/wycheproof" KVER="$KVER" modules
}

vectors_load()
{
	local ko=$VM_BUILD/wycheproof/k-$KVER/tests/wycheproof/kmod/tlso_wycheproof.ko

	# AES without tables, where the processor has it.
	vm "modprobe -q aesni_intel || true
		deps=\$(modinfo -F depends $ko | tr , ' ')
		[ -z \"\$deps\" ] || modprobe -a \$deps
		insmod $ko && [ -c /dev/tlso-vectors ]"
}

vectors_feed()
{
	local said

	said=$(vm -t 300 "$VM_BUILD/wycheproof/feed -d /dev/tlso-vectors $1 2>&1")
	echo "$said"
	grep -q '^ok 1 ' <<< "$said"
}

kcapi_agrees()
{
	local said

	said=$(vm -t 120 "$VM_BUILD/wycheproof/kcapi /dev/tlso-vectors 2>&1")
	echo "$said"
	grep -q '^ok 1 ' <<< "$said"
}

vectors_unload()
{
	vm "rmmod tlso_wycheproof"
}

t "vectors: the module of this kernel, and Wycheproof's files" vectors_make
t "vectors: self-test of the software placement's cryptography" vectors_load
for file in "$VM_BUILD"/wycheproof/vectors/*; do
	[ -s "$file" ] || continue
	# Minutes, without a machine that multiplies by itself.
	if [ -n "$MOST" ] && [ "$(basename "$file")" = rsa-decrypt ]; then
		[ -z "$SHORT" ] || continue
		awk '/^#/ || n++ % 5 == 0' "$file" > "$VM_RUN/some-rsa-decrypt"
		echo "# vectors: not run: four of five of rsa-decrypt"
		file=$VM_RUN/some-rsa-decrypt
	fi
	n=$(grep -vc '^#' "$file")
	t "vectors: $(basename "$file"), all $n" vectors_feed "$file"
done
t "libkcapi makes the same records and the same keys" kcapi_agrees
t "vectors: rmmod" vectors_unload
