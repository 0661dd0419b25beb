#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# init.sh --kernel file --root dir [--stage dir] [--results dir]: boots a
# FreeBSD with launchd as init and goes through its states, at the console:
# single user, a login, single user and back, a failure of launchd's own, and
# power-off.
# README.md tells what the files are.  Exits as vm.sh does.

set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/console.subr"

usage() {
	echo "usage: init.sh --kernel file --root dir [--stage dir]" \
	    "[--results dir]" >&2
	exit 64
}

kernel=${VM_KERNEL-}
root=${VM_ROOT-}
stage=$top/out/amd64/stage
results=$top/out/amd64/init-results
while [ $# -gt 0 ]; do
	[ $# -ge 2 ] || usage
	case $1 in
	--kernel) kernel=$2 ;;
	--root) root=$2 ;;
	--stage) stage=$2 ;;
	--results) results=$2 ;;
	*) usage ;;
	esac
	shift 2
done

qemu=${QEMU:-qemu-system-x86_64}
if [ -z "$kernel" ] || [ -z "$root" ]; then
	echo "init.sh: skipped: no FreeBSD to boot (--kernel and --root)"
	exit 0
fi
command -v "$qemu" > /dev/null || {
	echo "init.sh: skipped: no $qemu"
	exit 0
}
launchd=/usr/local/sbin/launchd
[ -x "$stage$launchd" ] || die 64 "$stage has no launchd in it"

mkdir -p "$results" || exit 2
work=$(mktemp -d "${TMPDIR:-/tmp}/init.XXXXXX") || exit 2
pid=
cleanup() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 2' INT TERM

mkdir "$work/root"
cp -a "$root/." "$stage/." "$work/root/" || exit 2
# Only the console's terminal is somebody's.
rm -f "$work"/root/Library/LaunchTerminals/*ttyv*
cat > "$work/root/etc/launchd.boot.plist" <<'END'
<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0">
<dict>
	<key>Boot</key>
	<array>
		<dict>
			<key>Mount</key> <string>/</string>
			<key>Options</key>
			<array>
				<string>update</string>
				<string>rw</string>
			</array>
		</dict>
		<dict>
			<key>Mount</key> <string>/tmp</string>
			<key>Type</key> <string>tmpfs</string>
			<key>From</key> <string>tmpfs</string>
			<key>Options</key>
			<array><string>mode=1777</string></array>
		</dict>
		<dict><key>Module</key> <string>mach</string></dict>
		<dict>
			<key>ProgramArguments</key>
			<array>
				<string>/bin/sh</string>
				<string>-c</string>
				<string>
				ldconfig /lib /usr/lib /usr/local/lib
				hostname vm
				(until [ -e /tmp/go ]; do sleep 1; done
				echo "boot: went on" &gt; /dev/console) &amp;
				echo "boot: [$LAUNCHD_MODE]"
				mount</string>
			</array>
		</dict>
	</array>
	<key>Shutdown</key>
	<array>
		<dict>
			<key>ProgramArguments</key>
			<array>
				<string>/bin/sh</string>
				<string>-c</string>
				<string>
				echo "shutdown: [$LAUNCHD_MODE]"</string>
			</array>
		</dict>
	</array>
	<key>Jobs</key>
	<array>
		<string>/Library/LaunchDaemons</string>
		<string>/Library/LaunchTerminals</string>
	</array>
</dict>
</plist>
END
makefs -t ffs -o version=1 -b 64m -f 20000 "$work/root.img" "$work/root" \
    > "$work/makefs.log" 2>&1 || { cat "$work/makefs.log" >&2; exit 2; }
rm -rf "$work/root"

environment="console=comconsole boot_serial=1 boot_single=YES"
environment="$environment hw.uart.console=io:0x3f8 init_path=$launchd"
environment="$environment kern.panic_reboot_wait_time=0"
environment="$environment debug.debugger_on_panic=0"
environment="$environment vfs.root.mountfrom=ufs:/dev/vtbd0"
log=$work/console
mkfifo "$work/input"
"$qemu" -accel tcg,thread=multi -cpu max -smp 2 -m 1024 -nographic \
    -monitor none -serial stdio -no-reboot -net none \
    -kernel "$kernel" -append "$environment" \
    -drive "file=$work/root.img,if=virtio,format=raw" \
    < "$work/input" > "$log" 2> "$work/qemu.log" &
pid=$!
exec 3> "$work/input"

logs_in() {
	log_in || finish 1 "nobody can log in"
	echo "init.sh: login"
}

sees 'launchd: single user'
sees '[#] *$'
answer 'mount; exit'
sees 'ufs, local, read-only'
sees 'boot: \[\]'
sees 'ufs, local\)'
logs_in
answer 'touch /tmp/go; scutil --get ComputerName; launchctl list'
sees '^vm$'
sees '^boot: went on'
sees '^[0-9].*org.freebsd.netconfigd'
answer 'kill -TERM 1'
sees 'shutdown: \[single\]'
sees 'launchd: single user'
sees '[#] *$'
answer exit
logs_in
answer 'kill -SEGV 1'
sees 'starting over'
sees 'launchd: single user'
sees '[#] *$'
answer exit
logs_in
answer 'scutil --get ComputerName; shutdown -p now'
sees '^vm$'
sees 'launchd: /bin/sh -c'
sees 'shutdown: \[reboot\]'
sees 'everything has ended; to power off'
sees 'All buffers synced'
powers_off 120 || finish 1 "the power was not turned off"
finish 0
