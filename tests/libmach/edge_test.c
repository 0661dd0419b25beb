/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What is exported and not done says so, and the clock goes.
 */

#include <atf-c.h>

#include <mach/clock.h>
#include <mach/exc.h>
#include <mach/mach.h>
#include <mach/mach_host.h>
#include <mach/mach_time.h>
#include <mach/mach_voucher.h>
#include <mach/mk_timer.h>
#include <mach/processor.h>
#include <mach/processor_set.h>
#include <mach/semaphore.h>
#include <mach/task.h>
#include <mach/thread_act.h>
#include <mach/thread_switch.h>
#include <mach/vm_map.h>

#include "fixture.h"

#define	REFUSED(call)	ATF_CHECK_EQ(KERN_NOT_SUPPORTED, (call))

/* No kernel is asked. */
ATF_TC_WITHOUT_HEAD(refused);
ATF_TC_BODY(refused, tc)
{
	REFUSED(clock_get_time(0, NULL));
	REFUSED(exception_raise(0, 0, 0, 0, NULL, 0));
	REFUSED(host_create_mach_voucher(0, NULL, 0, NULL));
	REFUSED(host_get_clock_service(0, 0, NULL));
	REFUSED(host_info(0, 0, NULL, NULL));
	REFUSED(host_processor_info(0, 0, NULL, NULL, NULL));
	REFUSED(host_request_notification(0, 0, 0));
	REFUSED(host_statistics(0, 0, NULL, NULL));
	REFUSED(host_statistics64(0, 0, NULL, NULL));
	REFUSED(mach_exception_raise(0, 0, 0, 0, NULL, 0));
	REFUSED(mach_make_memory_entry_64(0, NULL, 0, 0, NULL, 0));
	REFUSED(mach_port_allocate_name(0, 0, 0));
	REFUSED(mach_port_rename(0, 0, 0));
	REFUSED(mach_voucher_deallocate(0));
	REFUSED(mach_voucher_extract_attr_recipe(0, 0, NULL, NULL));
	REFUSED(mk_timer_arm(0, 0));
	REFUSED(mk_timer_cancel(0, NULL));
	ATF_CHECK_EQ(MACH_PORT_NULL, mk_timer_create());
	REFUSED(mk_timer_destroy(0));
	REFUSED(processor_info(0, 0, NULL, NULL, NULL));
	REFUSED(processor_set_default(0, NULL));
	REFUSED(processor_set_info(0, 0, NULL, NULL, NULL));
	REFUSED(processor_set_statistics(0, 0, NULL, NULL));
	REFUSED(semaphore_create(0, NULL, 0, 0));
	REFUSED(semaphore_destroy(0, 0));
	REFUSED(semaphore_signal(0));
	REFUSED(semaphore_signal_all(0));
	REFUSED(semaphore_signal_thread(0, 0));
	REFUSED(semaphore_timedwait(0, (mach_timespec_t){ 0, 0 }));
	REFUSED(semaphore_wait(0));
	REFUSED(semaphore_wait_signal(0, 0));
	REFUSED(task_for_pid(0, 0, NULL));
	REFUSED(task_name_for_pid(0, 0, NULL));
	REFUSED(task_policy_set(0, 0, NULL, 0));
	REFUSED(task_resume(0));
	REFUSED(task_set_exception_ports(0, 0, 0, 0, 0));
	REFUSED(task_suspend(0));
	REFUSED(task_terminate(0));
	REFUSED(task_threads(0, NULL, NULL));
	REFUSED(thread_abort(0));
	REFUSED(thread_get_state(0, 0, NULL, NULL));
	REFUSED(thread_info(0, 0, NULL, NULL));
	REFUSED(thread_policy_set(0, 0, NULL, 0));
	REFUSED(thread_resume(0));
	REFUSED(thread_set_state(0, 0, NULL, 0));
	REFUSED(thread_suspend(0));
	REFUSED(thread_switch(0, 0, 0));
	REFUSED(thread_terminate(0));
}

ATF_TC_WITHOUT_HEAD(clock_goes);
ATF_TC_BODY(clock_goes, tc)
{
	mach_timebase_info_data_t info;
	uint64_t then;

	then = mach_absolute_time();
	ATF_CHECK(then != 0);
	ATF_CHECK(mach_absolute_time() >= then);
	ATF_REQUIRE_EQ(KERN_SUCCESS, mach_timebase_info(&info));
	ATF_CHECK_EQ(1, info.numer);
	ATF_CHECK_EQ(1, info.denom);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, clock_goes);
	return (atf_no_error());
}
