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
# An interrupt is how --keep ends; what is kept is a failure.
trap 'keep=; exit 130' INT

# On FreeBSD there is the module itself; elsewhere machd stands in for it.
set -- sh "$top/demo.sh" --inside "$scratch" "$top/build/bin" ${keep:+"$keep"}
if [ "$(uname -s)" = FreeBSD ]; then
	sysctl -n kern.mach.abi >/dev/null 2>&1 ||
	    die "the mach module is not loaded; as root, kldload mach"
	[ "$(id -u)" -eq 0 ] ||
	    die "only root's launchd is found by everybody; run this as root"
else
	set -- "$top/build/bin/machd" -r -s "$scratch/machd.sock" "$@"
fi
status=0
"$@" || status=$?
if [ $status -eq 0 ] && [ -n "$keep" ]; then
	rm -rf "$scratch"
fi
exit $status
