#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# fault.sh: nothing the module asks of the kernel can fail unseen.  Every
# allocation waits for memory, and so cannot fail; of what the module binds to,
# each symbol is one that cannot fail, or one whose failure tests/fault injects.

set -eu
cd "$(dirname "$0")/../.."

status=0
complain() {
	printf '%s\n' "$*"
	status=1
}

# A call of malloc() may go on in the next line.
for file in mach-kmod/*.c mach-kmod/compat/*.c; do
	awk -v f="$file" '
	/[^_a-z]malloc\(/ { open = NR; text = "" }
	open { text = text $0 }
	open && /;/ {
		if (text !~ /M_WAITOK/) {
			printf "%s:%d: this may return NULL\n", f, open
			bad = 1
		}
		open = 0
	}
	END { exit bad }' "$file" || status=1
done
if grep -n 'M_NOWAIT' mach-kmod/*.c mach-kmod/compat/*.c; then
	complain "memory that is not waited for"
fi

# Each symbol that can fail, and the function of hosted/ that fails in its
# place.
may_fail='
_falloc_noinstall falloc_noinstall
copyin copyin
copyout copyout
fget_cap fget_cap
finstall finstall
kern_syscall_register kern_syscall_register
kqueue_add_filteropts kqueue_add_filteropts
uiomove_object copyin
vm_map_find mach_vm_copyout
vm_pager_allocate mach_vm_copy_zero
'
# These find nothing, or refuse, by rules of their own that other tests have.
may_refuse='_sleep eventratecheck p_candebug pfind priv_check
sleepq_timedwait_sig sleepq_wait_sig'
# These return nothing, or nothing that is ever an error here.
cannot_fail='__mtx_lock_flags __mtx_unlock_flags _fdrop _mtx_destroy _mtx_init
binuptime cap_no_rights counter_u64_fetch counter_u64_sysinit
counter_u64_sysuninit eventhandler_deregister eventhandler_find_list
eventhandler_register file_kcmp_generic filecaps_copy filecaps_free finit free
invfo_chmod invfo_chown invfo_ioctl invfo_rdwr invfo_sendfile invfo_truncate
kern_psignal kern_syscall_deregister knlist_add knlist_destroy knlist_init_mtx
knlist_remove knote kqueue_del_filteropts lim_cur log lse_supported malloc
malloc_init malloc_uninit memcpy memset module_register_init mtx_sysinit osd_del
osd_deregister osd_get_unlocked osd_register osd_reserve osd_set_reserved printf
sdt_probe seldrain selrecord selwakeup sleepq_add sleepq_lock
sleepq_set_timeout_sbt strlcpy sysctl___kern sysctl_handle_counter_u64
sysctl_handle_int sysctl_handle_long sysent
vm_map_max_KBI vm_map_remove vm_object_deallocate wakeup_one'

grep -qv '^#' mach-kmod/imports.txt ||
    complain "imports.txt: nothing to look at"
while read -r symbol; do
	if printf '%s\n' "$cannot_fail $may_refuse" | grep -qw -- "$symbol"
	then
		continue
	fi
	host=$(printf '%s\n' "$may_fail" | sed -n "s/^$symbol //p")
	if [ -z "$host" ]; then
		complain "imports.txt: can $symbol fail?  Say so in $0"
	elif ! awk -v fn="$host" '
	    index($0, fn "(") == 1 { inside = 1 }
	    inside && /hosted_fault\(\)/ { found = 1 }
	    /^}/ { inside = 0 }
	    END { exit !found }' hosted/*.c; then
		complain "hosted/: $host never fails"
	fi
done <<EOF
$(grep -v '^#' mach-kmod/imports.txt)
EOF
exit $status
