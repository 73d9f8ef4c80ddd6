#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# modules.sh [SERIES...]: builds the modules for the newest installed stock
# kernel of each series into build/k-<version>/kmod.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)

for series in "${@:-6.12}"; do
	version=$("$top/scripts/kernels.sh" "$series")
	make -s -C "$top/kmod" -j2 KVER="$version" modules
done
