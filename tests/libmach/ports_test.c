/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * mach_port_...() and vm_...(): what they return and who frees it.  The rules
 * of the rights themselves are tested with the kernel.
 */

#include <atf-c.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <mach/mach_port_info.h>
#include <mach/mach_vm.h>

#include "fixture.h"
#include "trap.h"

ATF_TC(names);
ATF_TC_HEAD(names, tc)
{
	atf_tc_set_md_var(tc, "descr", "All names are listed however many, in "
	    "memory that is all given back");
}
ATF_TC_BODY(names, tc)
{
	enum { PORTS = 3000 };
	mach_msg_type_number_t i, j, nnames, ntypes;
	mach_port_name_array_t names;
	mach_port_type_array_t types;
	static mach_port_t ports[PORTS];
	unsigned int before, found;

	kernel_start();
	before = name_count();
	for (i = 0; i < PORTS; i++)
		ports[i] = port_make();
	KR_OK(mach_port_names(mach_task_self(), &names, &nnames, &types,
	    &ntypes));
	ATF_CHECK_EQ(before + PORTS, nnames);
	ATF_CHECK_EQ(nnames, ntypes);
	found = 0;
	for (i = 0; i < PORTS; i++) {
		for (j = 0; j < nnames && names[j] != ports[i]; j++)
			;
		if (j < nnames && types[j] == MACH_PORT_TYPE_RECEIVE)
			found++;
	}
	ATF_CHECK_EQ(PORTS, found);
	KR_OK(vm_deallocate(mach_task_self(), (vm_address_t)names,
	    nnames * sizeof(*names)));
	KR_OK(vm_deallocate(mach_task_self(), (vm_address_t)types,
	    ntypes * sizeof(*types)));
	ATF_CHECK(!is_mapped(names));
	ATF_CHECK(!is_mapped(names + nnames - 1));
	ATF_CHECK(!is_mapped(types));
	ATF_CHECK(!is_mapped(types + ntypes - 1));
}

ATF_TC(set_status);
ATF_TC_HEAD(set_status, tc)
{
	atf_tc_set_md_var(tc, "descr", "The members of a set, none or many");
}
ATF_TC_BODY(set_status, tc)
{
	enum { PORTS = 200 };
	mach_msg_type_number_t count;
	mach_port_name_array_t members;
	mach_port_t port, set;
	int i;

	kernel_start();
	KR_OK(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET,
	    &set));
	KR_OK(mach_port_get_set_status(mach_task_self(), set, &members,
	    &count));
	ATF_CHECK_EQ(0, count);
	ATF_CHECK_EQ(NULL, members);
	port = MACH_PORT_NULL;
	for (i = 0; i < PORTS; i++) {
		port = port_make();
		KR_OK(mach_port_insert_member(mach_task_self(), port, set));
	}
	KR(KERN_ALREADY_IN_SET, mach_port_insert_member(mach_task_self(), port,
	    set));
	KR_OK(mach_port_get_set_status(mach_task_self(), set, &members,
	    &count));
	ATF_CHECK_EQ(PORTS, count);
	KR_OK(vm_deallocate(mach_task_self(), (vm_address_t)members,
	    count * sizeof(*members)));
	KR_OK(mach_port_move_member(mach_task_self(), port, MACH_PORT_NULL));
	KR(KERN_NOT_IN_SET, mach_port_extract_member(mach_task_self(), port,
	    set));
	KR(KERN_INVALID_RIGHT, mach_port_get_set_status(mach_task_self(),
	    port, &members, &count));
}

ATF_TC(construct);
ATF_TC_HEAD(construct, tc)
{
	atf_tc_set_md_var(tc, "descr", "Options, context and guard reach the "
	    "kernel in their places");
}
ATF_TC_BODY(construct, tc)
{
	const uint64_t guard = 0x1122334455667788, other = 0x99aabbccddeeff00;
	mach_port_options_t options;
	mach_port_context_t context;
	mach_port_status_t status;
	mach_msg_type_number_t count;
	mach_port_t port;

	kernel_start();
	memset(&options, 0, sizeof(options));
	options.flags = MPO_CONTEXT_AS_GUARD | MPO_QLIMIT |
	    MPO_INSERT_SEND_RIGHT;
	options.mpl.mpl_qlimit = 17;
	KR_OK(mach_port_construct(mach_task_self(), &options, guard, &port));
	KR_OK(mach_port_get_context(mach_task_self(), port, &context));
	ATF_CHECK_EQ(guard, context);
	count = MACH_PORT_RECEIVE_STATUS_COUNT;
	KR_OK(mach_port_get_attributes(mach_task_self(), port,
	    MACH_PORT_RECEIVE_STATUS, (mach_port_info_t)&status, &count));
	ATF_CHECK_EQ(MACH_PORT_RECEIVE_STATUS_COUNT, count);
	ATF_CHECK_EQ(17, status.mps_qlimit);
	ATF_CHECK_EQ(1, status.mps_mscount);
	ATF_CHECK(status.mps_srights);
	ATF_CHECK_EQ(MACH_PORT_STATUS_FLAG_GUARDED, status.mps_flags);

	KR(KERN_INVALID_RIGHT, mach_port_destroy(mach_task_self(), port));
	KR(KERN_INVALID_ARGUMENT, mach_port_swap_guard(mach_task_self(), port,
	    other, guard));
	KR_OK(mach_port_swap_guard(mach_task_self(), port, guard, other));
	KR(KERN_INVALID_ARGUMENT, mach_port_destruct(mach_task_self(), port,
	    -1, guard));
	KR_OK(mach_port_destruct(mach_task_self(), port, -1, other));
	KR(KERN_INVALID_NAME, mach_port_get_context(mach_task_self(), port,
	    &context));
}

ATF_TC(count_of_attributes);
ATF_TC_HEAD(count_of_attributes, tc)
{
	atf_tc_set_md_var(tc, "descr", "A count that is too large makes "
	    "nothing be read that is not there");
}
ATF_TC_BODY(count_of_attributes, tc)
{
	mach_port_limits_t *limits;
	vm_address_t address;
	vm_size_t page;
	mach_port_t port;

	kernel_start();
	page = (vm_size_t)getpagesize();
	port = port_make();
	KR_OK(vm_allocate(mach_task_self(), &address, 2 * page,
	    VM_FLAGS_ANYWHERE));
	KR_OK(vm_deallocate(mach_task_self(), address + page, page));
	limits = (mach_port_limits_t *)(address + page) - 1;
	limits->mpl_qlimit = 3;
	KR_OK(mach_port_set_attributes(mach_task_self(), port,
	    MACH_PORT_LIMITS_INFO, (mach_port_info_t)limits, sizeof(*limits)));
	KR_OK(mach_port_set_attributes(mach_task_self(), port,
	    MACH_PORT_TEMPOWNER, NULL, 1));
	KR_OK(vm_deallocate(mach_task_self(), address, page));
}

ATF_TC(notification);
ATF_TC_HEAD(notification, tc)
{
	atf_tc_set_md_var(tc, "descr", "A request comes back when another "
	    "takes its place, or is freed if nobody wants it");
}
ATF_TC_BODY(notification, tc)
{
	mach_port_t notify, port, previous;
	unsigned int before;

	kernel_start();
	port = port_make();
	notify = port_make();
	before = name_count();
	KR_OK(mach_port_request_notification(mach_task_self(), port,
	    MACH_NOTIFY_NO_SENDERS, 1, notify, MACH_MSG_TYPE_MAKE_SEND_ONCE,
	    &previous));
	ATF_CHECK_EQ(MACH_PORT_NULL, previous);
	KR_OK(mach_port_request_notification(mach_task_self(), port,
	    MACH_NOTIFY_NO_SENDERS, 1, notify, MACH_MSG_TYPE_MAKE_SEND_ONCE,
	    &previous));
	ATF_CHECK_EQ(1, port_refs(previous, MACH_PORT_RIGHT_SEND_ONCE));
	KR_OK(mach_port_deallocate(mach_task_self(), previous));
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, note_take(notify));
	KR_OK(mach_port_request_notification(mach_task_self(), port,
	    MACH_NOTIFY_NO_SENDERS, 0, MACH_PORT_NULL,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE, NULL));
	ATF_CHECK_EQ(MACH_NOTIFY_SEND_ONCE, note_take(notify));
	ATF_CHECK_EQ(before, name_count());
}

ATF_TC(extract);
ATF_TC_HEAD(extract, tc)
{
	atf_tc_set_md_var(tc, "descr",
	    "A right made is returned with its kind");
}
ATF_TC_BODY(extract, tc)
{
	mach_msg_type_name_t type;
	mach_port_t once, port;

	kernel_start();
	port = port_make();
	KR_OK(mach_port_extract_right(mach_task_self(), port,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE, &once, &type));
	ATF_CHECK(once != port);
	ATF_CHECK_EQ(MACH_MSG_TYPE_PORT_SEND_ONCE, type);
	ATF_CHECK_EQ(1, port_refs(once, MACH_PORT_RIGHT_SEND_ONCE));
	KR(KERN_INVALID_CAPABILITY, mach_port_insert_right(mach_task_self(),
	    port, MACH_PORT_DEAD, MACH_MSG_TYPE_COPY_SEND));
}

ATF_TC(refused);
ATF_TC_HEAD(refused, tc)
{
	atf_tc_set_md_var(tc, "descr", "What is not done says so, and another "
	    "task's port is not taken for one's own");
}
ATF_TC_BODY(refused, tc)
{
	mach_port_t port;

	kernel_start();
	port = port_make();
	KR(KERN_NOT_SUPPORTED, mach_port_allocate_name(mach_task_self(),
	    MACH_PORT_RIGHT_RECEIVE, 0x1003));
	KR(KERN_NOT_SUPPORTED, mach_port_rename(mach_task_self(), port,
	    0x1003));
	KR(KERN_INVALID_TASK, mach_port_deallocate(port, port));
	KR(KERN_INVALID_TASK, mach_port_allocate(MACH_PORT_NULL,
	    MACH_PORT_RIGHT_RECEIVE, &port));
	KR(KERN_INVALID_VALUE, mach_port_allocate(mach_task_self(),
	    MACH_PORT_RIGHT_SEND, &port));
	ATF_CHECK_EQ(1, port_refs(port, MACH_PORT_RIGHT_RECEIVE));
}

ATF_TC(memory);
ATF_TC_HEAD(memory, tc)
{
	atf_tc_set_md_var(tc, "descr", "Memory comes in zeroed pages and goes "
	    "in whole pages");
}
ATF_TC_BODY(memory, tc)
{
	mach_vm_address_t address64;
	vm_address_t address;
	vm_size_t page;
	char *p;

	kernel_start();
	page = (vm_size_t)getpagesize();
	KR_OK(vm_allocate(mach_task_self(), &address, page + 1,
	    VM_FLAGS_ANYWHERE));
	p = (char *)address;
	ATF_CHECK_EQ(0, address % page);
	ATF_CHECK_EQ(0, p[2 * page - 1]);
	p[2 * page - 1] = 1;
	KR_OK(vm_deallocate(mach_task_self(), address + 3, 2));
	ATF_CHECK(!is_mapped(p));
	ATF_CHECK(is_mapped(p + page));
	KR_OK(vm_deallocate(mach_task_self(), address, page + 1));
	ATF_CHECK(!is_mapped(p + page));

	KR_OK(mach_vm_allocate(mach_task_self(), &address64, 0,
	    VM_FLAGS_ANYWHERE));
	ATF_CHECK_EQ(0, address64);
	KR_OK(mach_vm_deallocate(mach_task_self(), 0, 0));
	KR(KERN_NO_SPACE, vm_allocate(mach_task_self(), &address,
	    (vm_size_t)-1, VM_FLAGS_ANYWHERE));
	KR(KERN_INVALID_ARGUMENT, vm_deallocate(mach_task_self(),
	    (vm_address_t)-page, 2 * page));
	KR(KERN_INVALID_TASK, vm_allocate(port_make(), &address, page,
	    VM_FLAGS_ANYWHERE));
}

ATF_TC(counters);
ATF_TC_HEAD(counters, tc)
{
	atf_tc_set_md_var(tc, "descr", "Variables of either width are read, "
	    "and unknown ones are not");
}
ATF_TC_BODY(counters, tc)
{
	uint64_t value;

	kernel_start();
	value = UINT64_MAX;
	ATF_CHECK_EQ(0, mach_sysctl("abi", &value));
	ATF_CHECK_EQ(MACH_ABI_VERSION, value);
	value = UINT64_MAX;
	ATF_CHECK_EQ(0, mach_sysctl("entries", &value));
	ATF_CHECK(value > 0 && value < UINT32_MAX);
	ATF_CHECK_EQ(ENOENT, mach_sysctl("nonesuch", &value));
}

/* What mach_port_info() says of one of the task's names. */
static struct mach_port_info
info_of(mach_port_t name)
{
	struct mach_port_info info[64];
	unsigned int i, n;

	n = 64;
	ATF_REQUIRE_EQ(0, mach_port_info(getpid(), info, &n));
	for (i = 0; i < n; i++) {
		if (info[i].pi_name == name)
			return (info[i]);
	}
	atf_tc_fail("%#x is not listed", name);
}

ATF_TC(info);
ATF_TC_HEAD(info, tc)
{
	atf_tc_set_md_var(tc, "descr", "Every kind of name is described");
}
ATF_TC_BODY(info, tc)
{
	struct mach_port_info pi;
	mach_msg_type_name_t type;
	mach_port_t dead, once, port, set;

	kernel_start();
	port = port_make_send();
	note_send(port, 1);
	KR_OK(mach_port_extract_right(mach_task_self(), port,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE, &once, &type));
	KR_OK(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_DEAD_NAME,
	    &dead));
	KR_OK(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET,
	    &set));
	pi = info_of(port);
	ATF_CHECK_EQ(MACH_PORT_TYPE_SEND_RECEIVE, pi.pi_type);
	ATF_CHECK_EQ(MACH_PORT_INFO_PORT, pi.pi_kind);
	ATF_CHECK_EQ(getpid(), pi.pi_receiver);
	ATF_CHECK_EQ(port, pi.pi_receives_as);
	ATF_CHECK_EQ(1, pi.pi_messages);
	ATF_CHECK_EQ(2, pi.pi_sends);
	ATF_CHECK_EQ(1, pi.pi_sendonces);
	pi = info_of(once);
	ATF_CHECK_EQ(MACH_PORT_TYPE_SEND_ONCE, pi.pi_type);
	ATF_CHECK_EQ(port, pi.pi_receives_as);
	pi = info_of(mach_task_self());
	ATF_CHECK_EQ(MACH_PORT_INFO_TASK, pi.pi_kind);
	pi = info_of(dead);
	ATF_CHECK_EQ(MACH_PORT_TYPE_DEAD_NAME, pi.pi_type);
	ATF_CHECK_EQ(1, pi.pi_urefs);
	ATF_CHECK_EQ(0, pi.pi_qlimit);
	pi = info_of(set);
	ATF_CHECK_EQ(MACH_PORT_TYPE_PORT_SET, pi.pi_type);
	ATF_CHECK_EQ(0, pi.pi_qlimit);
}

ATF_TC(errors);
ATF_TC_HEAD(errors, tc)
{
	atf_tc_set_md_var(tc, "descr", "Every code has a phrase of its own");
}
ATF_TC_BODY(errors, tc)
{
	static const mach_error_t codes[] = { KERN_SUCCESS, KERN_INVALID_NAME,
	    KERN_INVALID_RIGHT, KERN_NOT_SUPPORTED, MACH_SEND_INVALID_DEST,
	    MACH_SEND_INTERRUPTED, MACH_SEND_INVALID_CONTEXT,
	    MACH_RCV_TIMED_OUT, MACH_RCV_INVALID_REPLY, MACH_RCV_TOO_LARGE,
	    MIG_SERVER_DIED, MIG_BAD_ID };
	const char *unknown;
	size_t i, j;

	unknown = mach_error_string(0x7fffffff);
	ATF_REQUIRE(unknown != NULL);
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		ATF_CHECK_MSG(strcmp(mach_error_string(codes[i]), unknown) !=
		    0, "%#x", (unsigned int)codes[i]);
		for (j = 0; j < i; j++)
			ATF_CHECK(strcmp(mach_error_string(codes[i]),
			    mach_error_string(codes[j])) != 0);
	}
	/* What kind of space was short does not hide the error. */
	ATF_CHECK_STREQ(mach_error_string(MACH_RCV_BODY_ERROR),
	    mach_error_string(MACH_RCV_BODY_ERROR | MACH_MSG_VM_SPACE));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, names);
	ATF_TP_ADD_TC(tp, set_status);
	ATF_TP_ADD_TC(tp, construct);
	ATF_TP_ADD_TC(tp, count_of_attributes);
	ATF_TP_ADD_TC(tp, notification);
	ATF_TP_ADD_TC(tp, extract);
	ATF_TP_ADD_TC(tp, refused);
	ATF_TP_ADD_TC(tp, memory);
	ATF_TP_ADD_TC(tp, counters);
	ATF_TP_ADD_TC(tp, info);
	ATF_TP_ADD_TC(tp, errors);
	return (atf_no_error());
}
