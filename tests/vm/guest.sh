#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# guest.sh: what vm.sh runs inside the virtual machine, as root: loads the
# module, runs the tests, unloads it, hands the results out and powers off.
# /vm/options, written by vm.sh, sets
#	tests	directory of the installed tests
#	only	the test programs to run, or nothing for all of them
#	out	device that takes the results, as a tar archive
# Everything vm.sh looks for on the console begins with "vm: ".
# shellcheck disable=SC1091,SC2154,SC2086

PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
export PATH
. /vm/options
results=/tmp/vm-results

# The root directory of a kernel of its own is as bare as it was made.
prepare() {
	mount -u -o rw / 2>/dev/null
	df /tmp | grep -q tmpfs || mount -t tmpfs -o mode=1777 tmpfs /tmp
	ifconfig lo0 127.0.0.1/8 up 2>/dev/null
	mkdir -p "$results"
	sysctl debug.debugger_on_panic=0 kern.panic_reboot_wait_time=0 \
	    > /dev/null 2>&1
	ldconfig /lib /usr/lib /usr/local/lib 2>/dev/null
	# What there are tests of, where the kernel has it.
	for name in linux64 sdt; do
		kldload -n $name 2>/dev/null
	done
	uname -a
}

# What the kernel holds for its users, which is nothing when there are none.
held() {
	for name in tasks ports psets entries kmsgs requests members queued \
	    bytes notifications watches fileports; do
		sysctl "kern.mach.$name"
	done
}

# The end of a process is noticed a little after it.
held_again() {
	tries=0
	until held > "$results/after" && cmp -s "$results/before" \
	    "$results/after"; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || return 1
		sleep 0.1
	done
}

run_tests() {
	if command -v kyua > /dev/null; then
		(cd "$tests" && kyua test --results-file="$results/results.db" \
		    $only)
		status=$?
		kyua report --verbose --results-filter=broken,failed \
		    --results-file="$results/results.db"
		return $status
	fi
	sh /vm/atf_run.sh "$tests" $only
}

everything() {
	module=
	for dir in /boot/modules /boot/kernel; do
		[ ! -f $dir/mach.ko ] || module=$dir/mach.ko
	done
	if [ -z "$module" ]; then
		echo "vm: the staged tree has no mach.ko"
		return 1
	fi
	# An image may have one already, and use it.  From the boot loader it
	# could have come before aio(4), and taken its filters' numbers.
	if kldstat -q -n mach.ko; then
		case $(sysctl -n kern.mach.evfilt) in
		-3|-10)	echo "vm: the module has a filter number of aio(4)'s"
			return 1 ;;
		esac
		service launchd onestop > /dev/null 2>&1
		kldunload mach || return 1
	fi
	kldload "$module" || return 1
	held > "$results/before" || return 1
	failures=0
	run_tests || failures=1
	if ! held_again; then
		echo "vm: the kernel holds what no one uses:"
		diff "$results/before" "$results/after"
		failures=1
	fi
	if ! kldunload mach; then
		echo "vm: the module cannot be unloaded"
		failures=1
	fi
	return $failures
}

prepare
echo "vm: begin"
everything
echo "vm: status $?"
dmesg -a > "$results/dmesg" 2>&1
tar -cf "$out" -C "$results" .
sync
halt -pq
