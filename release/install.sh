#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# install.sh [--force | --uninstall]: installs mach.ko into
# ${DESTDIR}/boot/modules and has the loader load it, or undoes both.
#
# /boot/modules, not /boot/kernel, which the next kernel replaces.
#
# Beside the module is its SHA-256.  A mach.ko that does not have it is somebody
# else's: it is replaced only with --force, and never removed.

set -eu
here=$(cd "$(dirname "$0")" && pwd)

# The kernels the module loads into, as release.sh found them.
arch=@ARCH@
oldest=@OSVERSION@
newest=@OSVERSION_MAX@
# SHA-256 of the kernel it was built against, if there was one.
built_against=@KERNEL_SHA256@

boot=${DESTDIR-}/boot
module=$boot/modules/mach.ko
record=$module.sha256
conf=$boot/loader.conf

# The block this script adds to loader.conf, and the first line it has instead
# where there was no loader.conf.
begin='# mach.ko: begin'
made='# mach.ko: begin, of a file that was not there'
end='# mach.ko: end'

die() {
	printf 'install.sh: %s\n' "$*" >&2
	exit 1
}

say() {
	printf '%s\n' "$*"
}

warn() {
	printf 'install.sh: note: %s\n' "$*" >&2
}

sha256_of() {
	if command -v sha256sum >/dev/null; then
		sha256sum < "$1" | cut -d ' ' -f 1
	else
		sha256 -q "$1"
	fi
}

# Everything this came with is what was packed.
check_files() {
	[ -r "$here/SHA256SUMS" ] || die "SHA256SUMS is missing"
	while read -r sum name; do
		[ -r "$here/$name" ] || die "$name is missing"
		[ "$(sha256_of "$here/$name")" = "$sum" ] ||
		    die "$name is damaged: its SHA-256 is not what SHA256SUMS" \
		    "says"
	done < "$here/SHA256SUMS"
}

# The version of the kernel that will load the module: that of the tree in
# DESTDIR if it says one, and of the running kernel otherwise.
kernel_version() {
	header=${DESTDIR-}/usr/include/sys/param.h
	version=
	if [ -n "${DESTDIR-}" ] && [ -r "$header" ]; then
		version=$(awk '$1 == "#define" && $2 == "__FreeBSD_version" {
		    print $3 }' "$header")
	fi
	echo "${version:-$(uname -K)}"
}

check_kernel() {
	[ "$(uname -s)" = FreeBSD ] || die "this is $(uname -s), not FreeBSD"
	machine=$(uname -p)
	[ "$machine" = "$arch" ] ||
	    die "this mach.ko is for $arch, and this machine is $machine"
	kernel=$(kernel_version)
	case $kernel in
	''|*[!0-9]*)
		die "cannot tell the kernel's version from \"$kernel\"" ;;
	esac
	if [ "$kernel" -lt "$oldest" ] || [ "$kernel" -gt "$newest" ]; then
		die "this mach.ko is for kernels with __FreeBSD_version" \
		    "$oldest to $newest, and this one has $kernel"
	fi
}

# Any kernel of those versions will do; but whoever looks for a cause may want
# to know that this is not the one it was built and tried with.
compare_kernel() {
	file=$boot/kernel/kernel
	if [ -z "${DESTDIR-}" ]; then
		file=$(sysctl -n kern.bootfile 2>/dev/null) || return 0
	fi
	[ -n "$built_against" ] && [ -r "$file" ] || return 0
	[ "$(sha256_of "$file")" = "$built_against" ] ||
	    warn "$file is not the kernel this mach.ko was built against," \
	    "though of a version it is for"
}

# Whether the module that is there is the one this script put there.
is_ours() {
	[ -r "$record" ] && [ "$(sha256_of "$module")" = "$(cat "$record")" ]
}

check_module() {
	[ -z "$force" ] && [ -e "$module" ] || return 0
	is_ours || die "$module was not installed by install.sh; remove it as" \
	    "it was installed, or replace it with --force"
}

check_permission() {
	[ -d "$boot" ] || die "$boot: no such directory"
	[ -w "$boot" ] || die "may not write to $boot; run this as root"
}

# Puts standard input in the place of a file, keeping its owner and mode, so
# that there is a whole loader.conf at any time.
replace() {
	file=$1
	[ ! -L "$file" ] || file=$(realpath "$file")
	new=$file.mach-new
	if [ -e "$file" ]; then
		cp -p "$file" "$new"
	fi
	cat > "$new"
	mv "$new" "$file"
}

# Prints loader.conf without the block.  Where the block is the file's
# beginning, the rest is copied as it is, to the last byte.
without_block() {
	if head -n 1 "$conf" | grep -q "^$begin"; then
		lines=$(awk -v e="$end" '{ n++ } $0 == e { exit }
		    END { print n }' "$conf")
		tail -n +$((lines + 1)) "$conf"
	else
		sed "/^$begin/,/^$end\$/d" "$conf"
	fi
}

has_block() {
	[ -e "$conf" ] && grep -q "^$begin" "$conf"
}

# An unfinished block would be taken for the whole rest of the file.
check_block() {
	if has_block && ! grep -q "^$end\$" "$conf"; then
		die "$conf has the line \"$begin\" without \"$end\";" \
		    "correct that first"
	fi
}

conf_add() {
	first=$begin
	if [ ! -e "$conf" ]; then
		first=$made
	elif has_block; then
		say "$conf already loads mach.ko"
		return
	elif grep -q '^[[:blank:]]*mach_load=' "$conf"; then
		say "$conf already says" \
		    "$(grep '^[[:blank:]]*mach_load=' "$conf" | tail -n 1);" \
		    "it is left as it is"
		return
	fi
	{
		printf '%s\nmach_load="YES"\n%s\n' "$first" "$end"
		[ ! -e "$conf" ] || cat "$conf"
	} > "$conf.mach-all"
	replace "$conf" < "$conf.mach-all"
	rm "$conf.mach-all"
	say "$conf loads mach.ko"
}

conf_remove() {
	has_block || return 0
	was_made=
	! grep -q "^$made\$" "$conf" || was_made=yes
	without_block > "$conf.mach-all"
	if [ -n "$was_made" ] && [ ! -s "$conf.mach-all" ]; then
		rm "$conf"
	else
		replace "$conf" < "$conf.mach-all"
	fi
	rm "$conf.mach-all"
	say "$conf no longer loads mach.ko"
}

# Where the loader and kldload look the names of modules up.
index_modules() {
	if command -v kldxref >/dev/null; then
		kldxref "$boot/modules"
	fi
}

do_install() {
	check_files
	check_kernel
	check_permission
	check_block
	check_module
	compare_kernel
	mkdir -p "$boot/modules"
	install -m 555 "$here/mach.ko" "$module.mach-new"
	rm -f "$record.mach-new"
	sha256_of "$module.mach-new" > "$record.mach-new"
	chmod 444 "$record.mach-new"
	mv -f "$record.mach-new" "$record"
	mv -f "$module.mach-new" "$module"
	index_modules
	say "$module is installed"
	[ ! -e "$boot/kernel/mach.ko" ] ||
	    warn "$boot/kernel/mach.ko is found before it and loaded instead"
	conf_add
	[ -n "${DESTDIR-}" ] || say "kldload mach loads it now"
}

do_uninstall() {
	check_permission
	check_block
	conf_remove
	if [ ! -e "$module" ]; then
		say "$module is not there"
	elif is_ours; then
		rm "$module"
		index_modules
		say "$module is removed"
	else
		say "$module was not installed by install.sh and stays"
	fi
	rm -f "$record"
	[ -n "${DESTDIR-}" ] || say "kldunload mach unloads it now"
}

force=
[ $# -le 1 ] || set -- --too-much
case ${1-} in
'')	do_install ;;
--force)
	force=yes
	do_install ;;
--uninstall)
	do_uninstall ;;
*)	printf 'usage: install.sh [--force | --uninstall]\n' >&2
	exit 64 ;;
esac
