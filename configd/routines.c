/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The routines of the protocol.
 *
 * A routine reads its arguments from a request check_request() has approved and
 * leaves a status; what it returns besides goes into the reply.  Any process
 * may read and watch.  To write takes the effective user 0: of the process that
 * opened the session, when it did, or of the sender of a request to the service
 * port, which needs no session for anything but watching.
 */

#include <stdlib.h>
#include <string.h>

#include "pattern.h"
#include "server.h"
#include "session.h"
#include "text.h"
#include "value.h"

/*
 * Arguments.
 */

/* Data argument `index', and its size. */
static const void *
call_data(const struct call *call, unsigned int index, size_t *size)
{
	const mach_msg_ool_descriptor_t *data;

	data = &call->request->data3.data[index];
	*size = data->size;
	return (data->address);
}

/* A string argument as C has it, which the caller frees. */
static enum sc_status
call_text(const struct call *call, unsigned int index, size_t limit,
    char **out)
{
	const void *data;
	size_t size;
	char *text;

	data = call_data(call, index, &size);
	if (size > limit || !text_is_valid(data, size))
		return (SC_INVALID_ARGUMENT);
	text = malloc(size + 1);
	if (text == NULL)
		return (SC_FAILED);
	if (size != 0)
		memcpy(text, data, size);
	text[size] = '\0';
	*out = text;
	return (SC_OK);
}

static enum sc_status
call_key(const struct call *call, char **key)
{
	size_t size;

	(void)call_data(call, 0, &size);
	if (size == 0)
		return (SC_INVALID_ARGUMENT);
	return (call_text(call, 0, STORE_KEY_MAX, key));
}

/* Bytes of a list any process may send, and patterns in one request. */
#define	CALL_LIST_MAX		(1U << 20)
#define	CALL_OPTIONS_MAX	4096
#define	CALL_PATTERNS_MAX	STORE_PATTERNS_MAX

/* A list argument; absent, it is empty.  The caller clears the set. */
static enum sc_status
call_list(const struct call *call, unsigned int index, struct strset *set)
{
	const void *data;
	plist_t array;
	size_t size;
	bool good;

	data = call_data(call, index, &size);
	if (size == 0)
		return (SC_OK);
	if (size > CALL_LIST_MAX)
		return (SC_FAILED);
	array = value_decode_flat(data, size);
	good = value_to_strset(array, set);
	plist_free(array);
	return (good ? SC_OK : SC_INVALID_ARGUMENT);
}

static struct store *
call_store(const struct call *call)
{

	return (call->server->store);
}

static struct store_client *
call_client(const struct call *call)
{

	return (call->session == NULL ? NULL : &call->session->client);
}

static enum sc_status
call_may_write(const struct call *call)
{
	uid_t euid;

	euid = call->session != NULL ? call->session->euid : call->euid;
	return (euid == 0 ? SC_OK : SC_ACCESS_ERROR);
}

/* The usual beginning of a routine that changes a key. */
static enum sc_status
call_write_key(const struct call *call, char **key)
{
	enum sc_status status;

	status = call_may_write(call);
	return (status == SC_OK ? call_key(call, key) : status);
}

/*
 * Replies.
 */

static void
reply_status(struct call *call, enum sc_status status)
{
	struct config_reply_status *reply;

	reply = &call->reply->status;
	reply->head.msgh_size = sizeof(*reply);
	reply->ndr = NDR_record;
	reply->retcode = KERN_SUCCESS;
	reply->status = status;
}

static void
reply_int(struct call *call, enum sc_status status)
{
	struct config_reply_int *reply;

	reply = &call->reply->number;
	reply->head.msgh_size = sizeof(*reply);
	reply->ndr = NDR_record;
	reply->retcode = KERN_SUCCESS;
	reply->status = status;
}

/*
 * A copy of `data' for a reply, which the send gives to the client.  It has to
 * be pages of its own, as the kernel takes pages.
 */
static enum sc_status
reply_copy(const void *data, size_t size, mach_msg_ool_descriptor_t *out)
{
	vm_address_t address;
	kern_return_t kr;

	out->type = MACH_MSG_OOL_DESCRIPTOR;
	out->copy = MACH_MSG_VIRTUAL_COPY;
	out->deallocate = TRUE;
	if (size == 0)
		return (SC_OK);
	kr = vm_allocate(mach_task_self(), &address, size, VM_FLAGS_ANYWHERE);
	if (kr != KERN_SUCCESS)
		return (SC_FAILED);
	memcpy((void *)address, data, size);
	out->address = (void *)address;
	out->size = (mach_msg_size_t)size;
	return (SC_OK);
}

static void
reply_data(struct call *call, enum sc_status status, const void *data,
    size_t size)
{
	struct config_reply_data *reply;
	enum sc_status copied;

	reply = &call->reply->data;
	copied = reply_copy(data, status == SC_OK ? size : 0, &reply->data);
	reply->head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	reply->head.msgh_size = sizeof(*reply);
	reply->body.msgh_descriptor_count = 1;
	reply->ndr = NDR_record;
	reply->count = reply->data.size;
	reply->status = status != SC_OK ? status : copied;
}

/* A property list, which is freed. */
static void
reply_plist(struct call *call, enum sc_status status, plist_t plist)
{
	size_t size;
	void *data;

	data = NULL;
	size = 0;
	if (status == SC_OK) {
		data = value_encode(plist, &size);
		if (data == NULL)
			status = SC_FAILED;
	}
	reply_data(call, status, data, size);
	free(data);
	plist_free(plist);
}

static void
reply_port(struct call *call, enum sc_status status, mach_port_t port)
{
	struct config_reply_port *reply;

	reply = &call->reply->port;
	reply->head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	reply->head.msgh_size = sizeof(*reply);
	reply->body.msgh_descriptor_count = 1;
	reply->port.name = port;
	reply->port.disposition = MACH_MSG_TYPE_MOVE_SEND;
	reply->port.type = MACH_MSG_PORT_DESCRIPTOR;
	reply->ndr = NDR_record;
	reply->status = status;
}

/*
 * Sessions.
 */

static enum sc_status
open_options(const struct call *call, bool *session_keys)
{
	plist_t options, option;
	const void *data;
	uint8_t value;
	size_t size;

	*session_keys = false;
	data = call_data(call, 1, &size);
	if (size == 0)
		return (SC_OK);
	if (size > CALL_OPTIONS_MAX)
		return (SC_INVALID_ARGUMENT);
	options = value_decode_flat(data, size);
	if (!PLIST_IS_DICT(options)) {
		plist_free(options);
		return (SC_INVALID_ARGUMENT);
	}
	option = value_member(options, CONFIG_OPTION_SESSION_KEYS);
	if (PLIST_IS_BOOLEAN(option)) {
		plist_get_bool_val(option, &value);
		*session_keys = value != 0;
	}
	plist_free(options);
	return (SC_OK);
}

/* The name tells people who reads the store; nothing depends on it. */
static void
routine_open(struct call *call)
{
	struct session *session;
	enum sc_status status;
	mach_port_t right;
	bool session_keys;
	char *name;

	right = MACH_PORT_NULL;
	status = call_text(call, 0, STORE_KEY_MAX, &name);
	if (status == SC_OK) {
		free(name);
		status = open_options(call, &session_keys);
	}
	if (status == SC_OK)
		status = session_open(call_store(call), call->server->pset,
		    call->euid, session_keys, &session, &right);
	reply_port(call, status, right);
}

/*
 * Keys.
 */

static void
routine_list(struct call *call)
{
	struct strset found = STRSET_INITIALIZER;
	enum sc_status status;
	char *pattern;

	status = call_text(call, 0, PATTERN_MAX, &pattern);
	if (status == SC_OK) {
		status = store_list(call_store(call), pattern,
		    call->request->data_int.value != 0, &found);
		free(pattern);
	}
	reply_plist(call, status, value_from_strset(&found));
	strset_clear(&found);
}

typedef enum sc_status assign_function(struct store *, struct store_client *,
    const char *, const void *, size_t);

static void
routine_assign(struct call *call, assign_function *assign)
{
	enum sc_status status;
	const void *data;
	size_t size;
	char *key;

	status = call_write_key(call, &key);
	if (status == SC_OK) {
		data = call_data(call, 1, &size);
		status = assign(call_store(call), call_client(call), key, data,
		    size);
		free(key);
	}
	reply_int(call, status);
}

static void
routine_add(struct call *call)
{

	routine_assign(call, store_add);
}

static void
routine_set(struct call *call)
{

	routine_assign(call, store_set);
}

/* A key that dies with the session needs one. */
static void
routine_add_session(struct call *call)
{

	if (call->session == NULL)
		reply_int(call, SC_NO_STORE_SESSION);
	else
		routine_assign(call, store_add_session);
}

static void
routine_get(struct call *call)
{
	struct config_reply_data_int *reply;
	enum sc_status status, copied;
	const void *data;
	size_t size;
	char *key;

	data = NULL;
	size = 0;
	status = call_key(call, &key);
	if (status == SC_OK) {
		status = store_get(call_store(call), key, &data, &size);
		free(key);
	}
	reply = &call->reply->data_int;
	copied = reply_copy(data, size, &reply->data);
	reply->head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;
	reply->head.msgh_size = sizeof(*reply);
	reply->body.msgh_descriptor_count = 1;
	reply->ndr = NDR_record;
	reply->count = reply->data.size;
	reply->status = status != SC_OK ? status : copied;
}

typedef enum sc_status key_function(struct store *, const char *);

static void
routine_key(struct call *call, key_function *function)
{
	enum sc_status status;
	char *key;

	status = call_write_key(call, &key);
	if (status == SC_OK) {
		status = function(call_store(call), key);
		free(key);
	}
	reply_status(call, status);
}

static void
routine_remove(struct call *call)
{

	routine_key(call, store_remove);
}

static void
routine_notify(struct call *call)
{

	routine_key(call, store_notify);
}

/*
 * Many keys.
 */

/* The keys of the request's two lists that have a value. */
static enum sc_status
get_many_keys(const struct call *call, struct strset *keys)
{
	struct strset patterns = STRSET_INITIALIZER;
	enum sc_status status;
	size_t i;

	status = call_list(call, 0, keys);
	if (status == SC_OK)
		status = call_list(call, 1, &patterns);
	if (patterns.count > CALL_PATTERNS_MAX)
		status = SC_FAILED;
	for (i = 0; i < patterns.count && status == SC_OK; i++)
		status = store_list(call_store(call), patterns.items[i], true,
		    keys);
	strset_clear(&patterns);
	return (status);
}

static void
routine_get_many(struct call *call)
{
	struct strset keys = STRSET_INITIALIZER;
	enum sc_status status;
	const void *data;
	plist_t values;
	size_t i, size;

	values = plist_new_dict();
	status = get_many_keys(call, &keys);
	for (i = 0; i < keys.count && status == SC_OK; i++) {
		if (store_get(call_store(call), keys.items[i], &data, &size) ==
		    SC_OK)
			plist_dict_set_item(values, keys.items[i],
			    plist_new_data(data, size));
	}
	strset_clear(&keys);
	reply_plist(call, status, values);
}

/* The dictionary of keys and encoded values; absent, it is empty. */
static enum sc_status
set_many_values(const struct call *call, plist_t *values, struct strset *keys)
{
	const void *data;
	size_t size;

	data = call_data(call, 0, &size);
	if (size == 0)
		return (SC_OK);
	*values = value_decode_flat(data, size);
	return (value_keys(*values, keys) ? SC_OK : SC_INVALID_ARGUMENT);
}

/* As on Darwin, a key that cannot be changed does not stop the others. */
static void
set_many_apply(const struct call *call, plist_t values,
    const struct strset sets[3])
{
	uint64_t size;
	const char *data;
	plist_t item;
	size_t i;

	for (i = 0; i < sets[0].count; i++) {
		item = value_member(values, sets[0].items[i]);
		if (!PLIST_IS_DATA(item))
			continue;
		data = plist_get_data_ptr(item, &size);
		(void)store_set(call_store(call), call_client(call),
		    sets[0].items[i], data, (size_t)size);
	}
	for (i = 0; i < sets[1].count; i++)
		(void)store_remove(call_store(call), sets[1].items[i]);
	for (i = 0; i < sets[2].count; i++)
		(void)store_notify(call_store(call), sets[2].items[i]);
}

static void
routine_set_many(struct call *call)
{
	struct strset sets[3];
	enum sc_status status;
	plist_t values;
	size_t i;

	memset(sets, 0, sizeof(sets));
	values = NULL;
	status = call_may_write(call);
	if (status == SC_OK)
		status = set_many_values(call, &values, &sets[0]);
	if (status == SC_OK)
		status = call_list(call, 1, &sets[1]);
	if (status == SC_OK)
		status = call_list(call, 2, &sets[2]);
	if (status == SC_OK)
		set_many_apply(call, values, sets);
	for (i = 0; i < 3; i++)
		strset_clear(&sets[i]);
	plist_free(values);
	reply_status(call, status);
}

/*
 * Watches.  They belong to a session.
 */

typedef enum sc_status watch_function(struct store_client *, const char *,
    bool);

static void
routine_watch_change(struct call *call, watch_function *function)
{
	enum sc_status status;
	char *key;

	if (call->session == NULL) {
		reply_status(call, SC_NO_STORE_SESSION);
		return;
	}
	status = call_text(call, 0, PATTERN_MAX, &key);
	if (status == SC_OK) {
		status = function(call_client(call), key,
		    call->request->data_int.value != 0);
		free(key);
	}
	reply_status(call, status);
}

static void
routine_watch(struct call *call)
{

	routine_watch_change(call, store_watch);
}

static void
routine_unwatch(struct call *call)
{

	routine_watch_change(call, store_unwatch);
}

static void
routine_watch_all(struct call *call)
{
	struct strset keys = STRSET_INITIALIZER, patterns = STRSET_INITIALIZER;
	enum sc_status status;

	status = call->session == NULL ? SC_NO_STORE_SESSION : SC_OK;
	if (status == SC_OK)
		status = call_list(call, 0, &keys);
	if (status == SC_OK)
		status = call_list(call, 1, &patterns);
	if (status == SC_OK)
		status = store_watch_all(call_client(call), &keys, &patterns);
	strset_clear(&keys);
	strset_clear(&patterns);
	reply_status(call, status);
}

/* What is collected needs no notification any more. */
static void
routine_changes(struct call *call)
{
	struct store_client *client;

	client = call_client(call);
	if (client == NULL) {
		reply_data(call, SC_NO_STORE_SESSION, NULL, 0);
		return;
	}
	reply_plist(call, SC_OK, value_from_strset(&client->changed));
	if (call->reply->data.status != SC_OK)
		return;
	strset_clear(&client->changed);
	client->pending = false;
}

static void
routine_via_port(struct call *call)
{
	struct config_port_int *request;
	enum sc_status status;

	request = &call->request->port_int;
	if (call->session == NULL)
		status = SC_NO_STORE_SESSION;
	else if (request->value != 0)
		status = SC_INVALID_ARGUMENT;
	else
		status = session_notifier_start(call->session,
		    request->port.name);
	if (status == SC_OK)
		request->port.name = MACH_PORT_NULL;	/* taken */
	reply_status(call, status);
}

/*
 * Notification by signal or through a descriptor: not provided.  Darwin's own
 * clients use a port.
 */
static void
routine_via_other(struct call *call)
{

	reply_status(call, call->session == NULL ? SC_NO_STORE_SESSION :
	    SC_FAILED);
}

static void
routine_cancel(struct call *call)
{

	if (call->session == NULL) {
		reply_status(call, SC_NO_STORE_SESSION);
		return;
	}
	session_notifier_stop(call->session);
	reply_status(call, SC_OK);
}

/*
 * Darwin writes the store to files for debugging, and reports a caller that may
 * not ask for it in the message's return code instead of the status.  Listing
 * all keys tells as much, so there is no snapshot here for anybody.
 */
static void
routine_snapshot(struct call *call)
{

	reply_status(call, SC_FAILED);
	if (call_may_write(call) != SC_OK)
		call->reply->status.retcode = SC_ACCESS_ERROR;
}

void
routine_call(struct call *call)
{
	switch (call->request->head.msgh_id) {
	case CONFIG_OPEN:
		routine_open(call);
		break;
	case CONFIG_LIST:
		routine_list(call);
		break;
	case CONFIG_ADD:
		routine_add(call);
		break;
	case CONFIG_GET:
		routine_get(call);
		break;
	case CONFIG_SET:
		routine_set(call);
		break;
	case CONFIG_REMOVE:
		routine_remove(call);
		break;
	case CONFIG_ADD_SESSION:
		routine_add_session(call);
		break;
	case CONFIG_NOTIFY:
		routine_notify(call);
		break;
	case CONFIG_GET_MANY:
		routine_get_many(call);
		break;
	case CONFIG_SET_MANY:
		routine_set_many(call);
		break;
	case CONFIG_WATCH:
		routine_watch(call);
		break;
	case CONFIG_UNWATCH:
		routine_unwatch(call);
		break;
	case CONFIG_CHANGES:
		routine_changes(call);
		break;
	case CONFIG_VIA_PORT:
		routine_via_port(call);
		break;
	case CONFIG_VIA_SIGNAL:
	case CONFIG_VIA_FD:
		routine_via_other(call);
		break;
	case CONFIG_CANCEL:
		routine_cancel(call);
		break;
	case CONFIG_WATCH_ALL:
		routine_watch_all(call);
		break;
	case CONFIG_SNAPSHOT:
		routine_snapshot(call);
		break;
	}
}
