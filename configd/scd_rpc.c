/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "sc_status.h"
#include "scd_rpc.h"
#include "value.h"

/* How the stubs take data. */
#define	BYTES(d)	(d).data, (mach_msg_type_number_t)(d).size

struct rpc_data
rpc_string(const char *string)
{
	struct rpc_data data;

	data.data = (void *)(uintptr_t)string;
	data.size = strlen(string);
	return (data);
}

int
rpc_list(const struct strset *set, struct rpc_data *out)
{
	plist_t array;

	if (set == NULL || set->count == 0)
		return (0);
	array = value_from_strset(set);
	out->data = value_encode(array, &out->size);
	plist_free(array);
	return (out->data == NULL ? -1 : 0);
}

static int
rpc_result(kern_return_t kr, int status)
{

	return (kr == KERN_SUCCESS ? status : kr);
}

/* Data received, as a property list; the data is given back. */
static int
rpc_plist(kern_return_t kr, xmlDataOut_t data, mach_msg_type_number_t size,
    int status, plist_t *out)
{

	if (kr != KERN_SUCCESS)
		return (kr);
	if (status == SC_OK) {
		*out = value_decode(data, size);
		if (*out == NULL)
			status = SC_FAILED;
	}
	(void)vm_deallocate(mach_task_self(), (vm_address_t)data, size);
	return (status);
}

int
rpc_open(mach_port_t server, struct rpc_data name, struct rpc_data options,
    mach_port_t *session)
{
	kern_return_t kr;
	int status;

	kr = configopen(server, BYTES(name), BYTES(options), session, &status);
	return (rpc_result(kr, status));
}

int
rpc_list_keys(mach_port_t port, struct rpc_data pattern, plist_t *keys)
{
	mach_msg_type_number_t size;
	xmlDataOut_t data;
	kern_return_t kr;
	int status;

	kr = configlist(port, BYTES(pattern), 1, &data, &size, &status);
	return (rpc_plist(kr, data, size, status, keys));
}

int
rpc_get(mach_port_t port, struct rpc_data key, plist_t *value)
{
	mach_msg_type_number_t size;
	xmlDataOut_t data;
	kern_return_t kr;
	int instance, status;

	kr = configget(port, BYTES(key), &data, &size, &instance, &status);
	return (rpc_plist(kr, data, size, status, value));
}

int
rpc_get_many(mach_port_t port, struct rpc_data keys, struct rpc_data patterns,
    plist_t *values)
{
	mach_msg_type_number_t size;
	xmlDataOut_t data;
	kern_return_t kr;
	int status;

	kr = configget_m(port, BYTES(keys), BYTES(patterns), &data, &size,
	    &status);
	return (rpc_plist(kr, data, size, status, values));
}

int
rpc_set_many(mach_port_t port, struct rpc_data values, struct rpc_data removed,
    struct rpc_data notified)
{
	kern_return_t kr;
	int status;

	kr = configset_m(port, BYTES(values), BYTES(removed), BYTES(notified),
	    &status);
	return (rpc_result(kr, status));
}

int
rpc_changes(mach_port_t port, plist_t *keys)
{
	mach_msg_type_number_t size;
	xmlDataOut_t data;
	kern_return_t kr;
	int status;

	kr = notifychanges(port, &data, &size, &status);
	return (rpc_plist(kr, data, size, status, keys));
}

int
rpc_add(mach_port_t port, struct rpc_data key, struct rpc_data value)
{
	kern_return_t kr;
	int instance, status;

	kr = configadd(port, BYTES(key), BYTES(value), &instance, &status);
	return (rpc_result(kr, status));
}

int
rpc_add_session(mach_port_t port, struct rpc_data key, struct rpc_data value)
{
	kern_return_t kr;
	int instance, status;

	kr = configadd_s(port, BYTES(key), BYTES(value), &instance, &status);
	return (rpc_result(kr, status));
}

int
rpc_set(mach_port_t port, struct rpc_data key, struct rpc_data value)
{
	kern_return_t kr;
	int instance, status;

	kr = configset(port, BYTES(key), BYTES(value), 0, &instance, &status);
	return (rpc_result(kr, status));
}

int
rpc_remove(mach_port_t port, struct rpc_data key)
{
	kern_return_t kr;
	int status;

	kr = configremove(port, BYTES(key), &status);
	return (rpc_result(kr, status));
}

int
rpc_notify(mach_port_t port, struct rpc_data key)
{
	kern_return_t kr;
	int status;

	kr = confignotify(port, BYTES(key), &status);
	return (rpc_result(kr, status));
}

int
rpc_watch(mach_port_t port, struct rpc_data key, int is_regex)
{
	kern_return_t kr;
	int status;

	kr = notifyadd(port, BYTES(key), is_regex, &status);
	return (rpc_result(kr, status));
}

int
rpc_unwatch(mach_port_t port, struct rpc_data key, int is_regex)
{
	kern_return_t kr;
	int status;

	kr = notifyremove(port, BYTES(key), is_regex, &status);
	return (rpc_result(kr, status));
}

int
rpc_watch_all(mach_port_t port, struct rpc_data keys, struct rpc_data patterns)
{
	kern_return_t kr;
	int status;

	kr = notifyset(port, BYTES(keys), BYTES(patterns), &status);
	return (rpc_result(kr, status));
}

int
rpc_via_port(mach_port_t port, mach_port_t notifier)
{
	kern_return_t kr;
	int status;

	kr = notifyviaport(port, notifier, 0, &status);
	return (rpc_result(kr, status));
}

int
rpc_cancel(mach_port_t port)
{
	kern_return_t kr;
	int status;

	kr = notifycancel(port, &status);
	return (rpc_result(kr, status));
}
