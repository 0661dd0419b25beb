#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# release.sh [--arch amd64|aarch64]... [--kernel file] [--output directory]
#     [--module file --osversion number]
#
# Makes mach.ko-FreeBSD-<major>-<arch>.tar.gz, for both architectures from
# Linux and for this machine's on FreeBSD, in dist or the directory given, and
# SHA256SUMS of all that are there.  The same sources make the same files to
# the last bit: all times in them are SOURCE_DATE_EPOCH, or the last commit's.
#
# With --kernel, the package says which kernel the module was built against; on
# FreeBSD that is /boot/kernel/kernel otherwise.  With --module and --osversion
# a module that is already there is packaged, as built for that
# __FreeBSD_version.

set -eu
top=$(cd "$(dirname "$0")" && pwd)
. "$top/setup.subr"
export LC_ALL=C TZ=UTC
umask 022

usage() {
	printf 'usage: %s\n           %s\n' \
	    'release.sh [--arch amd64|aarch64]... [--kernel file]' \
	    '[--output directory] [--module file --osversion number]' >&2
	exit 64
}

archs=
kernel=
output=$top/dist
module=
osversion=
while [ $# -gt 0 ]; do
	[ $# -ge 2 ] || usage
	case $1 in
	--arch)	case $2 in
		amd64|aarch64) archs="$archs $2" ;;
		*)	usage ;;
		esac ;;
	--kernel) kernel=$2 ;;
	--output) output=$2 ;;
	--module) module=$2 ;;
	--osversion) osversion=$2 ;;
	*)	usage ;;
	esac
	shift 2
done
case $osversion in
*[!0-9]*) usage ;;
esac
[ -z "$module" ] || [ -n "$osversion" ] || usage
[ -n "$module" ] || [ -z "$osversion" ] || usage
if [ "$(uname -s)" = FreeBSD ]; then
	: "${archs:=$(uname -p)}"
	[ -n "$kernel" ] || [ ! -r /boot/kernel/kernel ] ||
	    kernel=/boot/kernel/kernel
else
	: "${archs:=amd64 aarch64}"
fi

version=$(sed -n 's/^project(.* VERSION \([0-9.]*\).*/\1/p' \
    "$top/CMakeLists.txt")
epoch=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2>/dev/null ||
    echo 0)}
case $epoch in
''|*[!0-9]*) die "SOURCE_DATE_EPOCH is \"$epoch\", not a number of seconds" ;;
esac

sha256_of() {
	if command -v sha256sum >/dev/null; then
		sha256sum < "$1" | cut -d ' ' -f 1
	else
		sha256 -q "$1"
	fi
}

# Prints lines for SHA256SUMS about files of the current directory.
sums_of() {
	for file; do
		printf '%s  %s\n' "$(sha256_of "$file")" "$file"
	done
}

# The time all files get, for touch(1).
touch_time() {
	date -u -d "@$epoch" +%Y%m%d%H%M.%S 2>/dev/null ||
	    date -u -r "$epoch" +%Y%m%d%H%M.%S
}

# The last kernel a module built for this version loads into.
newest_kernel() {
	echo $(($1 / 100000 * 100000 + 99999))
}

# fill arch template: replaces the names between @.
fill() {
	sed -e "s|@ARCH@|$1|g" -e "s|@OSVERSION@|$osversion|g" \
	    -e "s|@OSVERSION_MAX@|$(newest_kernel "$osversion")|g" \
	    -e "s|@MAJOR@|$major|g" -e "s|@VERSION@|$version|g" \
	    -e "s|@KERNEL@|$built_against|g" \
	    -e "s|@KERNEL_SHA256@|$kernel_sum|g" "$2"
}

# Archives the directory in the current one, without a trace of who did it.
archive() {
	find "$1" -exec touch -h -t "$(touch_time)" {} +
	if tar --version | grep -q 'GNU tar'; then
		owner='--owner=0 --group=0 --numeric-owner'
	else
		owner='--uid 0 --gid 0 --numeric-owner'
	fi
	find "$1" ! -type d | sort > "$1.files"
	# shellcheck disable=SC2086
	tar -c --format=ustar $owner -T "$1.files" -f - | gzip -9n > "$1.tar.gz"
}

# package arch module: makes one archive in the current directory.
package() {
	name=mach.ko-FreeBSD-$major-$1
	mkdir "$name"
	cp "$2" "$name/mach.ko"
	cp "$top/LICENSE" "$name/LICENSE"
	fill "$1" "$top/release/README.in" > "$name/README"
	fill "$1" "$top/release/install.sh" > "$name/install.sh"
	chmod 644 "$name/mach.ko" "$name/LICENSE" "$name/README"
	chmod 755 "$name/install.sh"
	(cd "$name" && sums_of LICENSE README install.sh mach.ko > SHA256SUMS)
	archive "$name"
}

built_against="no kernel: FreeBSD's headers alone"
kernel_sum=
if [ -n "$kernel" ]; then
	[ -r "$kernel" ] || die "$kernel: cannot be read"
	kernel_sum=$(sha256_of "$kernel")
	built_against="the kernel with SHA-256
                $kernel_sum"
	# A newline in sed's replacement wants a backslash.
	built_against=$(printf '%s\n' "$built_against" | sed '$!s/$/\\/')
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$output"
output=$(cd "$output" && pwd)
for arch in $archs; do
	built=$module
	if [ -z "$module" ]; then
		env -u DESTDIR "$top/make-mach-kmod.sh" --arch "$arch"
		built=$top/out/$arch/mach.ko
		osversion=$(cat "$top/out/$arch/osversion")
	fi
	[ -r "$built" ] || die "$built: cannot be read"
	cp "$built" "$scratch/mach.ko"
	major=$((osversion / 100000))
	(cd "$scratch" && package "$arch" mach.ko)
	name=mach.ko-FreeBSD-$major-$arch.tar.gz
	mv "$scratch/$name" "$output/$name"
	say "$output/$name"
done
(cd "$output" && sums_of mach.ko-FreeBSD-*.tar.gz > SHA256SUMS)
