#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# mirror.sh TOP OUT: copies what the modules are compiled from, TOP/kmod and
# offload-dev/hw.h, into OUT, newer files only, and removes from OUT the sources
# that are gone. The two keep their places, because includes are relative.
set -euo pipefail

top=${1:?}
out=${2:?}

sources()
{
	(cd "$1" && find kmod offload-dev/hw.h -type f \
		\( -name '*.[ch]' -o -name '*.mk' -o -name Kbuild \) ! -name '*.mod.c' \
		2>/dev/null | sort) || true
}

mkdir -p "$out"
comm -13 <(sources "$top") <(sources "$out") |
	while read -r gone; do
		rm -f "$out/$gone"
	done
sources "$top" | (cd "$top" && xargs -r cp -u --parents -t "$out")
