#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# cross-userland.sh [--arch amd64|aarch64] [--sysroot dir [--stage dir]]: builds
# user space for FreeBSD 15 from Linux.
#
# The compiler and FreeBSD's headers come from PyPI's ziglang.  libplist,
# libevent, libedit and ATF are not to be had for FreeBSD here; a sysroot has
# them: a directory with FreeBSD's base.txz and the packages libplist and
# libevent unpacked in it.  With one, everything and its tests are built, in
# build/userland-<arch>, and with --stage installed as if that were the root
# directory, with the libraries of the packages beside them.
#
# Without a sysroot libmach is linked, and what uses the others is compiled
# against this system's headers of those, to see that it does.

set -eu
top=$(cd "$(dirname "$0")" && pwd)
. "$top/setup.subr"
. "$top/userland.subr"

usage() {
	printf 'usage: cross-userland.sh %s %s\n' '[--arch amd64|aarch64]' \
	    '[--sysroot dir [--stage dir]]' >&2
	exit 64
}

arch=amd64
sysroot=
stage=
while [ $# -gt 0 ]; do
	[ $# -ge 2 ] || usage
	case $1 in
	--arch) arch=$2 ;;
	--sysroot) sysroot=$2 ;;
	--stage) stage=$2 ;;
	*)	usage ;;
	esac
	shift 2
done
case $arch in
amd64)	target=x86_64-freebsd.15.0 ;;
aarch64) target=aarch64-freebsd.15.0 ;;
*)	usage ;;
esac
[ -z "$stage" ] || [ -n "$sysroot" ] || usage

# Everything and its tests, in build/userland-<arch>.
build_all() {
	configure_cross -DCMAKE_INSTALL_PREFIX=/usr/local -DMACH_TESTS=ON
	say "building in $dir"
	ninja -C "$dir" --quiet
	# Without it, pthread_atfork(3) is libc's, which does nothing.
	readelf -dW "$dir/lib/libmach.so" | grep -q 'NEEDED.*libthr' ||
	    die "libmach is not linked with libthr"
	[ -n "$stage" ] || return 0
	say "installing in $stage"
	mkdir -p "$stage"
	DESTDIR=$(cd "$stage" && pwd) ninja -C "$dir" install > /dev/null
	cp -P "$sysroot"/usr/local/lib/libplist*.so* \
	    "$sysroot"/usr/local/lib/libevent*.so* "$stage/usr/local/lib"
}

if [ -n "$sysroot" ]; then
	build_all
	exit
fi

install_for build cross
tools=$top/build/cross
mkdir -p "$tools/include" "$top/out/$arch"
zig_setup "$tools"

for header in plist event2 editline histedit.h event.h evutil.h; do
	for dir in /usr/include /usr/include/"$(gcc -print-multiarch)"; do
		if [ -e "$dir/$header" ]; then
			ln -sfn "$dir/$header" "$tools/include/$header"
		fi
	done
done

# The interfaces are made by a mig of this system.
host_mig "$tools"
stubs=$tools/stubs
mkdir -p "$stubs"
for defs in libmach/job.defs libmach/include/mach/notify.defs \
    configd/config.defs; do
	name=$(basename "$defs" .defs)
	"$tools/mig/mig" -I "$top/libmach/include" \
	    -header "$stubs/$name.h" -sheader "$stubs/${name}Server.h" \
	    -user "$stubs/${name}User.c" -server "$stubs/${name}Server.c" \
	    "$top/$defs"
done

flags="-target $target -O2 -std=gnu11 -Wall -Wextra -Werror
    -Wmissing-prototypes -Wstrict-prototypes -fPIC
    -I$top/libmach/include -I$top/libmach -I$top/mach-kmod -I$top/liblaunch
    -I$top/configd -I$stubs -idirafter $tools/include"

say "libmach for $arch"
sources=$(find "$top/libmach" -name '*.c' ! -name trap_hosted.c)
# shellcheck disable=SC2086
zig cc $flags -shared -o "$top/out/$arch/libmach.so.1" \
    -Wl,-soname,libmach.so.1 \
    -Wl,--version-script="$top/libmach/libmach.map" $sources \
    "$stubs/jobUser.c" -lpthread

say "the rest for $arch"
for source in "$top"/liblaunch/*.c "$top"/launchd/*.c "$top"/launchctl/*.c \
    "$top"/configd/*.c "$top"/kmodloader/*.c "$top"/machstat/*.c \
    "$top"/bench/*.c "$stubs"/*.c; do
	case $source in
	*_linux.c|*_none.c) continue ;;
	esac
	# shellcheck disable=SC2086
	zig cc $flags -c -o "$tools/object.o" "$source"
done
say "everything compiles"
