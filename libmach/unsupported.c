/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What programs link against and we do not do.  None of these has a caller that
 * could not go on without; each says so instead of pretending.
 */

#include <mach/clock.h>
#include <mach/exc.h>
#include <mach/mach.h>
#include <mach/mach_host.h>
#include <mach/mach_voucher.h>
#include <mach/mk_timer.h>
#include <mach/processor.h>
#include <mach/processor_set.h>
#include <mach/semaphore.h>
#include <mach/task.h>
#include <mach/thread_act.h>
#include <mach/thread_switch.h>
#include <mach/vm_map.h>

/* They have no use for their parameters. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

kern_return_t
clock_get_time(clock_serv_t a0, mach_timespec_t *a1)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
exception_raise(mach_port_t a0, thread_t a1, task_t a2, exception_type_t a3,
    integer_t *a4, mach_msg_type_number_t a5)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
host_create_mach_voucher(host_t a0, uint8_t *a1, mach_msg_type_number_t a2,
    ipc_voucher_t *a3)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
host_get_clock_service(host_t a0, clock_id_t a1, clock_serv_t *a2)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
host_info(host_t a0, int a1, integer_t *a2, mach_msg_type_number_t *a3)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
host_processor_info(host_t a0, int a1, natural_t *a2, integer_t **a3,
    mach_msg_type_number_t *a4)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
host_request_notification(host_t a0, int a1, mach_port_t a2)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
host_statistics(host_t a0, int a1, integer_t *a2, mach_msg_type_number_t *a3)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
host_statistics64(host_t a0, int a1, integer_t *a2, mach_msg_type_number_t *a3)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
mach_exception_raise(mach_port_t a0, thread_t a1, task_t a2, exception_type_t
    a3, int64_t *a4, mach_msg_type_number_t a5)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
mach_make_memory_entry_64(vm_map_t a0, uint64_t *a1, uint64_t a2, int a3,
    mem_entry_name_port_t *a4, mem_entry_name_port_t a5)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
mach_port_allocate_name(ipc_space_t a0, mach_port_right_t a1, mach_port_name_t
    a2)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
mach_port_rename(ipc_space_t a0, mach_port_name_t a1, mach_port_name_t a2)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
mach_voucher_deallocate(ipc_voucher_t a0)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
mach_voucher_extract_attr_recipe(ipc_voucher_t a0, uint32_t a1, uint8_t *a2,
    mach_msg_type_number_t *a3)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
mk_timer_arm(mach_port_name_t a0, uint64_t a1)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
mk_timer_cancel(mach_port_name_t a0, uint64_t *a1)
{
	return (KERN_NOT_SUPPORTED);
}

mach_port_name_t
mk_timer_create(void)
{
	return (MACH_PORT_NULL);
}

kern_return_t
mk_timer_destroy(mach_port_name_t a0)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
processor_info(processor_t a0, int a1, host_t *a2, integer_t *a3,
    mach_msg_type_number_t *a4)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
processor_set_default(host_t a0, processor_set_t *a1)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
processor_set_info(processor_set_t a0, int a1, host_t *a2, integer_t *a3,
    mach_msg_type_number_t *a4)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
processor_set_statistics(processor_set_t a0, int a1, integer_t *a2,
    mach_msg_type_number_t *a3)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
semaphore_create(task_t a0, semaphore_t *a1, int a2, int a3)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
semaphore_destroy(task_t a0, semaphore_t a1)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
semaphore_signal(semaphore_t a0)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
semaphore_signal_all(semaphore_t a0)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
semaphore_signal_thread(semaphore_t a0, thread_t a1)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
semaphore_timedwait(semaphore_t a0, mach_timespec_t a1)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
semaphore_wait(semaphore_t a0)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
semaphore_wait_signal(semaphore_t a0, semaphore_t a1)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
task_for_pid(mach_port_name_t a0, int a1, mach_port_name_t *a2)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
task_name_for_pid(mach_port_name_t a0, int a1, mach_port_name_t *a2)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
task_policy_set(task_t a0, int a1, integer_t *a2, mach_msg_type_number_t a3)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
task_resume(task_t a0)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
task_set_exception_ports(task_t a0, exception_mask_t a1, mach_port_t a2,
    exception_behavior_t a3, int a4)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
task_suspend(task_t a0)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
task_terminate(task_t a0)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
task_threads(task_t a0, thread_act_array_t *a1, mach_msg_type_number_t *a2)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
thread_abort(thread_act_t a0)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
thread_get_state(thread_act_t a0, int a1, natural_t *a2,
    mach_msg_type_number_t *a3)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
thread_info(thread_act_t a0, int a1, integer_t *a2, mach_msg_type_number_t *a3)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
thread_policy_set(thread_act_t a0, int a1, integer_t *a2, mach_msg_type_number_t
    a3)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
thread_resume(thread_act_t a0)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
thread_set_state(thread_act_t a0, int a1, natural_t *a2, mach_msg_type_number_t
    a3)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
thread_suspend(thread_act_t a0)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
thread_switch(mach_port_name_t a0, int a1, mach_msg_timeout_t a2)
{
	return (KERN_NOT_SUPPORTED);
}

kern_return_t
thread_terminate(thread_act_t a0)
{
	return (KERN_NOT_SUPPORTED);
}
