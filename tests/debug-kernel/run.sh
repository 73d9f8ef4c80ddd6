#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run.sh [CASE...]: builds the debug kernel, shows that it notices mistakes,
# builds our modules against it, and runs tests/vm/suite.sh on it with the leak
# scan before the verdict.  Everything under TCG is several times slower in
# there, so waits are longer.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)

paths=$("$here/build.sh")
VM_KERNEL=$(sed -n 's/^KERNEL=//p' <<< "$paths")
KDIR=$(sed -n 's/^KDIR=//p' <<< "$paths")
KVER=$(sed -n 's/^KVER=//p' <<< "$paths")
# Modules of tests are built against it, too.
export VM_KERNEL KVER KDIR

"$here/prove.sh"
make -s -C "$top/kmod" -j2 KVER="$KVER" KDIR="$KDIR" modules
"$top/qemu-device/build.sh"
export VM_BOOT_TIMEOUT=${VM_BOOT_TIMEOUT:-400} VM_SLOW=${VM_SLOW:-5} VM_MEM=${VM_MEM:-2048}
export VM_LEAK_SCAN="sh $here/leak-scan.sh"
exec "$top/tests/vm/suite.sh" "$@"
