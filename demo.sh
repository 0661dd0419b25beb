#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# demo.sh [--keep]: installs what is missing, builds, and shows the system at
# work, in a scratch directory and without touching this machine.
#
# With --keep everything is left running at the end.

set -eu
top=$(cd "$(dirname "$0")" && pwd)
. "$top/setup.subr"

# What runs inside machd is this script again.
if [ "${1-}" = --inside ]; then
	shift
	. "$top/demo.subr"
	exit
fi

keep=
case ${1-} in
'')	;;
--keep)	keep=--keep ;;
*)	printf 'usage: demo.sh [--keep]\n' >&2
	exit 64 ;;
esac

install_for build
build_tree "$top/build"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/freebsd-launchd.XXXXXX")
cleanup() {
	[ -n "$keep" ] || rm -rf "$scratch"
}
trap cleanup EXIT

status=0
"$top/build/bin/machd" -r -s "$scratch/machd.sock" \
    sh "$top/demo.sh" --inside "$scratch" "$top/build/bin" $keep || status=$?
if [ $status -eq 0 ] && [ -n "$keep" ]; then
	rm -rf "$scratch"
fi
exit $status
