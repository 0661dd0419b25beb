/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The client's side of each message, as MIG's stubs do it.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <mach/mig.h>

#include "check.h"
#include "config_proto.h"
#include "sc_status.h"
#include "scd_rpc.h"
#include "value.h"

struct rpc_reply {
	union config_reply	 reply;
	mach_msg_max_trailer_t	 trailer;
};

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

static void
rpc_describe(mach_msg_ool_descriptor_t *out, mach_msg_type_number_t *count,
    struct rpc_data data)
{

	out->address = data.size == 0 ? NULL : data.data;
	out->size = (mach_msg_size_t)data.size;
	out->copy = MACH_MSG_VIRTUAL_COPY;
	out->type = MACH_MSG_OOL_DESCRIPTOR;
	*count = out->size;
}

/*
 * Send the request of `size' bytes and receive its reply.  After an error the
 * reply port may hold a message that answers no request of ours, so only one
 * that was never used is kept.
 */
static kern_return_t
rpc_call(mach_port_t port, mach_msg_id_t id, union config_request *request,
    size_t size, struct rpc_reply *buffer)
{
	mach_msg_return_t mr;
	mach_port_t reply_port;
	kern_return_t kr;

	reply_port = mig_get_reply_port();
	request->head.msgh_bits |= MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE);
	request->head.msgh_size = (mach_msg_size_t)size;
	request->head.msgh_remote_port = port;
	request->head.msgh_local_port = reply_port;
	request->head.msgh_id = id;
	mr = mach_msg_overwrite(&request->head, MACH_SEND_MSG | MACH_RCV_MSG,
	    (mach_msg_size_t)size, sizeof(*buffer), reply_port,
	    MACH_MSG_TIMEOUT_NONE, MACH_PORT_NULL, &buffer->reply.head, 0);
	if (mr != MACH_MSG_SUCCESS) {
		if (mr == MACH_SEND_INVALID_DEST ||
		    mr == MACH_SEND_INVALID_DATA ||
		    mr == MACH_SEND_INVALID_HEADER)
			mig_put_reply_port(reply_port);
		else
			mig_dealloc_reply_port(reply_port);
		return (mr);
	}
	mig_put_reply_port(reply_port);
	kr = check_reply(&buffer->reply, id);
	if (kr != KERN_SUCCESS)
		mach_msg_destroy(&buffer->reply.head);
	return (kr);
}

/* The data of a reply as a property list; the data is freed. */
static int
rpc_plist(const mach_msg_ool_descriptor_t *data, int status, plist_t *out)
{

	if (status == SC_OK) {
		*out = value_decode(data->address, data->size);
		if (*out == NULL)
			status = SC_FAILED;
	}
	(void)vm_deallocate(mach_task_self(), (vm_address_t)data->address,
	    data->size);
	return (status);
}

static void
rpc_complex(union config_request *request, unsigned int descriptors)
{

	memset(request, 0, sizeof(*request));
	request->head.msgh_bits = MACH_MSGH_BITS_COMPLEX;
	request->data.body.msgh_descriptor_count = descriptors;
}

static void
rpc_make_data(union config_request *request, struct rpc_data data)
{

	rpc_complex(request, 1);
	request->data.ndr = NDR_record;
	rpc_describe(&request->data.data[0], &request->data.count[0], data);
}

static void
rpc_make_data_int(union config_request *request, struct rpc_data data,
    int value)
{

	rpc_make_data(request, data);
	request->data_int.value = value;
}

static void
rpc_make_data2(union config_request *request, struct rpc_data first,
    struct rpc_data second)
{

	rpc_complex(request, 2);
	request->data2.ndr = NDR_record;
	rpc_describe(&request->data2.data[0], &request->data2.count[0], first);
	rpc_describe(&request->data2.data[1], &request->data2.count[1],
	    second);
}

int
rpc_open(mach_port_t server, struct rpc_data name, struct rpc_data options,
    mach_port_t *session)
{
	union config_request request;
	struct rpc_reply buffer;
	kern_return_t kr;

	rpc_make_data2(&request, name, options);
	kr = rpc_call(server, CONFIG_OPEN, &request, sizeof(request.data2),
	    &buffer);
	if (kr != KERN_SUCCESS)
		return (kr);
	*session = buffer.reply.port.port.name;
	return (buffer.reply.port.status);
}

int
rpc_list_keys(mach_port_t port, struct rpc_data pattern, plist_t *keys)
{
	union config_request request;
	struct rpc_reply buffer;
	kern_return_t kr;

	rpc_make_data_int(&request, pattern, 1);
	kr = rpc_call(port, CONFIG_LIST, &request, sizeof(request.data_int),
	    &buffer);
	if (kr != KERN_SUCCESS)
		return (kr);
	return (rpc_plist(&buffer.reply.data.data, buffer.reply.data.status,
	    keys));
}

int
rpc_get(mach_port_t port, struct rpc_data key, plist_t *value)
{
	union config_request request;
	struct rpc_reply buffer;
	kern_return_t kr;

	rpc_make_data(&request, key);
	kr = rpc_call(port, CONFIG_GET, &request, sizeof(request.data),
	    &buffer);
	if (kr != KERN_SUCCESS)
		return (kr);
	return (rpc_plist(&buffer.reply.data_int.data,
	    buffer.reply.data_int.status, value));
}

int
rpc_get_many(mach_port_t port, struct rpc_data keys, struct rpc_data patterns,
    plist_t *values)
{
	union config_request request;
	struct rpc_reply buffer;
	kern_return_t kr;

	rpc_make_data2(&request, keys, patterns);
	kr = rpc_call(port, CONFIG_GET_MANY, &request, sizeof(request.data2),
	    &buffer);
	if (kr != KERN_SUCCESS)
		return (kr);
	return (rpc_plist(&buffer.reply.data.data, buffer.reply.data.status,
	    values));
}

int
rpc_changes(mach_port_t port, plist_t *keys)
{
	union config_request request;
	struct rpc_reply buffer;
	kern_return_t kr;

	memset(&request, 0, sizeof(request));
	kr = rpc_call(port, CONFIG_CHANGES, &request, sizeof(request.empty),
	    &buffer);
	if (kr != KERN_SUCCESS)
		return (kr);
	return (rpc_plist(&buffer.reply.data.data, buffer.reply.data.status,
	    keys));
}

int
rpc_assign(mach_port_t port, mach_msg_id_t id, struct rpc_data key,
    struct rpc_data value)
{
	union config_request request;
	struct rpc_reply buffer;
	kern_return_t kr;
	size_t size;

	rpc_make_data2(&request, key, value);
	size = sizeof(request.data2);
	if (id == CONFIG_SET) {
		request.data2_int.value = 0;
		size = sizeof(request.data2_int);
	}
	kr = rpc_call(port, id, &request, size, &buffer);
	return (kr == KERN_SUCCESS ? buffer.reply.number.status : kr);
}

/* A request whose reply is no more than a status. */
static int
rpc_status(mach_port_t port, mach_msg_id_t id, union config_request *request,
    size_t size)
{
	struct rpc_reply buffer;
	kern_return_t kr;

	kr = rpc_call(port, id, request, size, &buffer);
	return (kr == KERN_SUCCESS ? buffer.reply.status.status : kr);
}

int
rpc_key(mach_port_t port, mach_msg_id_t id, struct rpc_data key)
{
	union config_request request;

	rpc_make_data(&request, key);
	return (rpc_status(port, id, &request, sizeof(request.data)));
}

int
rpc_data_int(mach_port_t port, mach_msg_id_t id, struct rpc_data data,
    int value)
{
	union config_request request;

	rpc_make_data_int(&request, data, value);
	return (rpc_status(port, id, &request, sizeof(request.data_int)));
}

int
rpc_data2(mach_port_t port, mach_msg_id_t id, struct rpc_data first,
    struct rpc_data second)
{
	union config_request request;

	rpc_make_data2(&request, first, second);
	return (rpc_status(port, id, &request, sizeof(request.data2)));
}

int
rpc_data3(mach_port_t port, mach_msg_id_t id, struct rpc_data first,
    struct rpc_data second, struct rpc_data third)
{
	union config_request request;

	rpc_complex(&request, 3);
	request.data3.ndr = NDR_record;
	rpc_describe(&request.data3.data[0], &request.data3.count[0], first);
	rpc_describe(&request.data3.data[1], &request.data3.count[1], second);
	rpc_describe(&request.data3.data[2], &request.data3.count[2], third);
	return (rpc_status(port, id, &request, sizeof(request.data3)));
}

int
rpc_via_port(mach_port_t port, mach_port_t notifier)
{
	union config_request request;

	rpc_complex(&request, 1);
	request.port_int.port.name = notifier;
	request.port_int.port.disposition = MACH_MSG_TYPE_MAKE_SEND;
	request.port_int.port.type = MACH_MSG_PORT_DESCRIPTOR;
	request.port_int.ndr = NDR_record;
	return (rpc_status(port, CONFIG_VIA_PORT, &request,
	    sizeof(request.port_int)));
}

int
rpc_cancel(mach_port_t port)
{
	union config_request request;

	memset(&request, 0, sizeof(request));
	return (rpc_status(port, CONFIG_CANCEL, &request,
	    sizeof(request.empty)));
}
