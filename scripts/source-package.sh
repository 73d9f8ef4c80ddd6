#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# source-package.sh NAME[=VERSION] DIR: the unpacked source of a Debian source
# package in DIR, which holds nothing else. If DIR exists, nothing is done.
#
# Responsible for: fetching through a private apt configuration under build/apt.
# The machine's own is not touched: a fresh Debian has no deb-src line, so its
# entries (mirrors, keys, proxies) are read and used as source entries. apt
# checks the signatures, all the way to the files that are unpacked.
# Leaves to: the caller building anything, and naming DIR so that it says what
# is in it. Exit code 1 if the package cannot be had.
set -euo pipefail

export LC_ALL=C.UTF-8
top=$(cd "$(dirname "$0")/.." && pwd)
apt=$top/build/apt
spec=${1:?source-package.sh NAME[=VERSION] DIR}
dir=${2:?source-package.sh NAME[=VERSION] DIR}

# Lists that are older are read again: what they name may be gone.
max_age_minutes=720

# The machine's enabled entries for this distribution, as deb-src entries.
source_entries()
{
	local code list='' parts='' f

	# shellcheck source=/dev/null
	code=$(. /etc/os-release && echo "$VERSION_CODENAME")
	eval "$(apt-config shell list Dir::Etc::sourcelist/f \
		parts Dir::Etc::sourceparts/d)"
	for f in "$list" "$parts"/*.list; do
		[ -f "$f" ] || continue
		awk -v code="$code" '
			$1 == "deb" && / main( |$)/ &&
			$0 ~ " " code "(-[a-z]+)? " {
				sub(/deb/, "deb-src"); print
			}' "$f"
	done > "$apt/parts/machine.list"
	for f in "$parts"/*.sources; do
		[ -f "$f" ] || continue
		awk -v code="$code" '
			BEGIN { RS = ""; ORS = "\n\n" }
			/(^|\n)Types:[^\n]*deb( |\n)/ && !/\nEnabled: *no/ &&
			/(^|\n)Components:[^\n]* main/ &&
			$0 ~ "(^|\n)Suites:[^\n]* " code {
				sub(/Types:[^\n]*/, "Types: deb-src"); print
			}' "$f"
	done > "$apt/parts/machine.sources"
}

private_apt()
{
	apt-get -qq -o Dir::Etc::sourcelist=/dev/null \
		-o "Dir::Etc::sourceparts=$apt/parts" \
		-o "Dir::State=$apt" -o "Dir::State::lists=$apt/lists" \
		-o Dir::State::status=/var/lib/dpkg/status \
		-o "Dir::Cache=$apt" -o APT::Sandbox::User= "$@"
}

lists()
{
	mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/parts"
	[ -z "$(find "$apt/stamp" -mmin -$max_age_minutes 2>/dev/null)" ] ||
		return 0
	source_entries
	private_apt update
	touch "$apt/stamp"
}

fetch()
{
	local part=$dir.part

	rm -rf "$part"
	mkdir -p "$part"
	echo "fetching the source package $spec" >&2
	(cd "$part" && private_apt source --download-only "$spec") >&2
	dpkg-source --no-check -q -x "$part"/*.dsc "$part/src" >&2
	mv "$part/src" "$dir"
	rm -rf "$part"
}

[ ! -d "$dir" ] || exit 0
mkdir -p "$apt" "$(dirname "$dir")"
exec 9> "$apt/.lock"
flock 9
[ ! -d "$dir" ] || exit 0
lists
fetch
