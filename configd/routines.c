/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The routines of the protocol, called by the server stubs of config.defs.
 *
 * A routine leaves a status, and what it returns besides.  Any process may read
 * and watch.  To write takes the effective user 0: of the process that opened
 * the session, when it did, or of the sender of a request to the service port,
 * which needs no session for anything but watching.
 *
 * What a request carried is borrowed: the server's loop releases it when the
 * routine is back.  A routine that keeps a right takes a reference of its own.
 */

#include <stdlib.h>
#include <string.h>

#include <bsm/libbsm.h>

#include "configServer.h"
#include "pattern.h"
#include "server.h"
#include "session.h"
#include "text.h"
#include "value.h"

static struct server *server;

void
routines_init(struct server *s)
{

	server = s;
}

struct store *
server_store(void)
{

	return (server->store);
}

/*
 * Arguments.
 */

struct data {
	xmlData_t	bytes;
	size_t		size;
};

static struct data
data_of(xmlData_t bytes, mach_msg_type_number_t size)
{

	return ((struct data){ bytes, size });
}

/* A string argument as C has it, which the caller frees. */
static enum sc_status
get_text(struct data data, size_t limit, char **out)
{
	char *text;

	if (data.size > limit || !text_is_valid(data.bytes, data.size))
		return (SC_INVALID_ARGUMENT);
	text = malloc(data.size + 1);
	if (text == NULL)
		return (SC_FAILED);
	if (data.size != 0)
		memcpy(text, data.bytes, data.size);
	text[data.size] = '\0';
	*out = text;
	return (SC_OK);
}

static enum sc_status
get_key(struct data data, char **key)
{

	if (data.size == 0)
		return (SC_INVALID_ARGUMENT);
	return (get_text(data, STORE_KEY_MAX, key));
}

/* Bytes of a list any process may send, and patterns in one request. */
#define	LIST_MAX		(1U << 20)
#define	OPTIONS_MAX		4096
#define	PATTERNS_MAX		STORE_PATTERNS_MAX

/* A list argument; absent, it is empty.  The caller clears the set. */
static enum sc_status
get_list(struct data data, struct strset *set)
{
	plist_t array;
	bool good;

	if (data.size == 0)
		return (SC_OK);
	if (data.size > LIST_MAX)
		return (SC_FAILED);
	array = value_decode_flat(data.bytes, data.size);
	good = value_to_strset(array, set);
	plist_free(array);
	return (good ? SC_OK : SC_INVALID_ARGUMENT);
}

/* The store's idea of the session on a port; NULL for the service port. */
static struct store_client *
client_of(mach_port_t port)
{
	struct session *session;

	session = session_find(port);
	return (session == NULL ? NULL : &session->client);
}

static enum sc_status
may_write(mach_port_t port, const audit_token_t *sender)
{
	struct session *session;
	uid_t euid;

	session = session_find(port);
	euid = session != NULL ? session->euid : audit_token_to_euid(*sender);
	return (euid == 0 ? SC_OK : SC_ACCESS_ERROR);
}

/* The usual beginning of a routine that changes a key. */
static enum sc_status
get_writable_key(mach_port_t port, const audit_token_t *sender,
    struct data data, char **key)
{
	enum sc_status status;

	status = may_write(port, sender);
	return (status == SC_OK ? get_key(data, key) : status);
}

/*
 * Results.
 */

/*
 * A copy of data for a reply, whose send gives it to the client.  It has to be
 * pages of its own, as the kernel takes pages.
 */
static enum sc_status
put_data(const void *data, size_t size, xmlDataOut_t *out,
    mach_msg_type_number_t *out_size)
{
	vm_address_t address;
	kern_return_t kr;

	*out = NULL;
	*out_size = 0;
	if (size == 0)
		return (SC_OK);
	kr = vm_allocate(mach_task_self(), &address, size, VM_FLAGS_ANYWHERE);
	if (kr != KERN_SUCCESS)
		return (SC_FAILED);
	*out = (xmlDataOut_t)address;
	memcpy(*out, data, size);
	*out_size = (mach_msg_type_number_t)size;
	return (SC_OK);
}

/* A property list, which is freed, or none if there is no success so far. */
static enum sc_status
put_plist(enum sc_status status, plist_t plist, xmlDataOut_t *out,
    mach_msg_type_number_t *out_size)
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
	plist_free(plist);
	if (put_data(data, size, out, out_size) != SC_OK)
		status = SC_FAILED;
	free(data);
	return (status);
}

/*
 * Sessions.
 */

static enum sc_status
open_options(struct data data, bool *session_keys)
{
	plist_t options, option;
	uint8_t value;

	*session_keys = false;
	if (data.size == 0)
		return (SC_OK);
	if (data.size > OPTIONS_MAX)
		return (SC_INVALID_ARGUMENT);
	options = value_decode_flat(data.bytes, data.size);
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
kern_return_t
_configopen(mach_port_t port, xmlData_t name,
    mach_msg_type_number_t name_size, xmlData_t options,
    mach_msg_type_number_t options_size, mach_port_t *right, int *status,
    audit_token_t sender)
{
	struct session *session;
	bool session_keys;
	char *text;

	(void)port;
	*right = MACH_PORT_NULL;
	*status = get_text(data_of(name, name_size), STORE_KEY_MAX, &text);
	if (*status == SC_OK) {
		free(text);
		*status = open_options(data_of(options, options_size),
		    &session_keys);
	}
	if (*status == SC_OK)
		*status = session_open(server->store, server->pset,
		    audit_token_to_euid(sender), session_keys, &session, right);
	return (KERN_SUCCESS);
}

/*
 * Keys.
 */

kern_return_t
_configlist(mach_port_t port, xmlData_t data,
    mach_msg_type_number_t size, int is_regex, xmlDataOut_t *list,
    mach_msg_type_number_t *list_size, int *status,
    audit_token_t sender)
{
	struct strset found = STRSET_INITIALIZER;
	enum sc_status error;
	char *pattern;

	(void)port;
	(void)sender;
	error = get_text(data_of(data, size), PATTERN_MAX, &pattern);
	if (error == SC_OK) {
		error = store_list(server->store, pattern, is_regex != 0,
		    &found);
		free(pattern);
	}
	*status = put_plist(error, value_from_strset(&found), list, list_size);
	strset_clear(&found);
	return (KERN_SUCCESS);
}

typedef enum sc_status assign_function(struct store *, struct store_client *,
    const char *, const void *, size_t);

static enum sc_status
assign(mach_port_t port, const char *key, struct data value,
    assign_function *function)
{

	return (function(server->store, client_of(port), key, value.bytes,
	    value.size));
}

kern_return_t
_configadd(mach_port_t port, xmlData_t data, mach_msg_type_number_t size,
    xmlData_t value, mach_msg_type_number_t value_size, int *instance,
    int *status, audit_token_t sender)
{
	char *key;

	*instance = 0;
	*status = get_writable_key(port, &sender, data_of(data, size), &key);
	if (*status == SC_OK) {
		*status = assign(port, key, data_of(value, value_size),
		    store_add);
		free(key);
	}
	return (KERN_SUCCESS);
}

kern_return_t
_configset(mach_port_t port, xmlData_t data, mach_msg_type_number_t size,
    xmlData_t value, mach_msg_type_number_t value_size,
    int old_instance, int *instance, int *status,
    audit_token_t sender)
{
	char *key;

	(void)old_instance;
	*instance = 0;
	*status = get_writable_key(port, &sender, data_of(data, size), &key);
	if (*status == SC_OK) {
		*status = assign(port, key, data_of(value, value_size),
		    store_set);
		free(key);
	}
	return (KERN_SUCCESS);
}

/* A key that dies with the session needs one. */
kern_return_t
_configadd_s(mach_port_t port, xmlData_t data, mach_msg_type_number_t size,
    xmlData_t value, mach_msg_type_number_t value_size, int *instance,
    int *status)
{
	struct session *session;
	char *key;

	*instance = 0;
	*status = SC_NO_STORE_SESSION;
	session = session_find(port);
	if (session == NULL)
		return (KERN_SUCCESS);
	*status = session->euid != 0 ? SC_ACCESS_ERROR :
	    get_key(data_of(data, size), &key);
	if (*status == SC_OK) {
		*status = assign(port, key, data_of(value, value_size),
		    store_add_session);
		free(key);
	}
	return (KERN_SUCCESS);
}

kern_return_t
_configget(mach_port_t port, xmlData_t name,
    mach_msg_type_number_t name_size, xmlDataOut_t *value,
    mach_msg_type_number_t *value_size, int *instance, int *status,
    audit_token_t sender)
{
	enum sc_status error, copied;
	const void *data;
	size_t size;
	char *key;

	(void)port;
	(void)sender;
	data = NULL;
	size = 0;
	error = get_key(data_of(name, name_size), &key);
	if (error == SC_OK) {
		error = store_get(server->store, key, &data, &size);
		free(key);
	}
	copied = put_data(data, size, value, value_size);
	*instance = 0;
	*status = error != SC_OK ? error : copied;
	return (KERN_SUCCESS);
}

typedef enum sc_status key_function(struct store *, const char *);

static enum sc_status
change_key(mach_port_t port, const audit_token_t *sender, struct data data,
    key_function *function)
{
	enum sc_status status;
	char *key;

	status = get_writable_key(port, sender, data, &key);
	if (status == SC_OK) {
		status = function(server->store, key);
		free(key);
	}
	return (status);
}

kern_return_t
_configremove(mach_port_t port, xmlData_t key, mach_msg_type_number_t size,
    int *status, audit_token_t sender)
{

	*status = change_key(port, &sender, data_of(key, size), store_remove);
	return (KERN_SUCCESS);
}

kern_return_t
_confignotify(mach_port_t port, xmlData_t key, mach_msg_type_number_t size,
    int *status, audit_token_t sender)
{

	*status = change_key(port, &sender, data_of(key, size), store_notify);
	return (KERN_SUCCESS);
}

/*
 * Many keys.
 */

/* The keys of the request's two lists that have a value. */
static enum sc_status
get_many_keys(struct data names, struct data regexes, struct strset *keys)
{
	struct strset patterns = STRSET_INITIALIZER;
	enum sc_status status;
	size_t i;

	status = get_list(names, keys);
	if (status == SC_OK)
		status = get_list(regexes, &patterns);
	if (patterns.count > PATTERNS_MAX)
		status = SC_FAILED;
	for (i = 0; i < patterns.count && status == SC_OK; i++)
		status = store_list(server->store, patterns.items[i], true,
		    keys);
	strset_clear(&patterns);
	return (status);
}

kern_return_t
_configget_m(mach_port_t port, xmlData_t names,
    mach_msg_type_number_t names_size, xmlData_t regexes,
    mach_msg_type_number_t regexes_size, xmlDataOut_t *out,
    mach_msg_type_number_t *out_size, int *status,
    audit_token_t sender)
{
	struct strset keys = STRSET_INITIALIZER;
	enum sc_status error;
	const void *data;
	plist_t values;
	size_t i, size;

	(void)port;
	(void)sender;
	values = plist_new_dict();
	error = get_many_keys(data_of(names, names_size),
	    data_of(regexes, regexes_size), &keys);
	for (i = 0; i < keys.count && error == SC_OK; i++) {
		if (store_get(server->store, keys.items[i], &data, &size) ==
		    SC_OK)
			plist_dict_set_item(values, keys.items[i],
			    plist_new_data(data, size));
	}
	strset_clear(&keys);
	*status = put_plist(error, values, out, out_size);
	return (KERN_SUCCESS);
}

/* The dictionary of keys and encoded values; absent, it is empty. */
static enum sc_status
set_many_values(struct data data, plist_t *values, struct strset *keys)
{

	if (data.size == 0)
		return (SC_OK);
	*values = value_decode_flat(data.bytes, data.size);
	return (value_keys(*values, keys) ? SC_OK : SC_INVALID_ARGUMENT);
}

/* As on Darwin, a key that cannot be changed does not stop the others. */
static void
set_many_apply(struct store_client *client, plist_t values,
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
		(void)store_set(server->store, client, sets[0].items[i], data,
		    (size_t)size);
	}
	for (i = 0; i < sets[1].count; i++)
		(void)store_remove(server->store, sets[1].items[i]);
	for (i = 0; i < sets[2].count; i++)
		(void)store_notify(server->store, sets[2].items[i]);
}

kern_return_t
_configset_m(mach_port_t port, xmlData_t data, mach_msg_type_number_t size,
    xmlData_t removed, mach_msg_type_number_t removed_size, xmlData_t notified,
    mach_msg_type_number_t notified_size, int *status, audit_token_t sender)
{
	struct strset sets[3];
	enum sc_status error;
	plist_t values;
	size_t i;

	memset(sets, 0, sizeof(sets));
	values = NULL;
	error = may_write(port, &sender);
	if (error == SC_OK)
		error = set_many_values(data_of(data, size), &values, &sets[0]);
	if (error == SC_OK)
		error = get_list(data_of(removed, removed_size), &sets[1]);
	if (error == SC_OK)
		error = get_list(data_of(notified, notified_size), &sets[2]);
	if (error == SC_OK)
		set_many_apply(client_of(port), values, sets);
	for (i = 0; i < 3; i++)
		strset_clear(&sets[i]);
	plist_free(values);
	*status = error;
	return (KERN_SUCCESS);
}

/*
 * Watches.  They belong to a session.
 */

typedef enum sc_status watch_function(struct store_client *, const char *,
    bool);

static enum sc_status
change_watch(mach_port_t port, struct data data, bool is_regex,
    watch_function *function)
{
	struct store_client *client;
	enum sc_status status;
	char *key;

	client = client_of(port);
	if (client == NULL)
		return (SC_NO_STORE_SESSION);
	status = get_text(data, PATTERN_MAX, &key);
	if (status == SC_OK) {
		status = function(client, key, is_regex);
		free(key);
	}
	return (status);
}

kern_return_t
_notifyadd(mach_port_t port, xmlData_t key, mach_msg_type_number_t size,
    int is_regex, int *status)
{

	*status = change_watch(port, data_of(key, size), is_regex != 0,
	    store_watch);
	return (KERN_SUCCESS);
}

kern_return_t
_notifyremove(mach_port_t port, xmlData_t key, mach_msg_type_number_t size,
    int is_regex, int *status)
{

	*status = change_watch(port, data_of(key, size), is_regex != 0,
	    store_unwatch);
	return (KERN_SUCCESS);
}

kern_return_t
_notifyset(mach_port_t port, xmlData_t names, mach_msg_type_number_t names_size,
    xmlData_t regexes, mach_msg_type_number_t regexes_size, int *status)
{
	struct strset keys = STRSET_INITIALIZER, patterns = STRSET_INITIALIZER;
	struct store_client *client;
	enum sc_status error;

	client = client_of(port);
	error = client == NULL ? SC_NO_STORE_SESSION : SC_OK;
	if (error == SC_OK)
		error = get_list(data_of(names, names_size), &keys);
	if (error == SC_OK)
		error = get_list(data_of(regexes, regexes_size), &patterns);
	if (error == SC_OK)
		error = store_watch_all(client, &keys, &patterns);
	strset_clear(&keys);
	strset_clear(&patterns);
	*status = error;
	return (KERN_SUCCESS);
}

/* What is collected needs no notification any more. */
kern_return_t
_notifychanges(mach_port_t port, xmlDataOut_t *list,
    mach_msg_type_number_t *size, int *status)
{
	struct store_client *client;

	client = client_of(port);
	if (client == NULL) {
		*status = SC_NO_STORE_SESSION;
		(void)put_data(NULL, 0, list, size);
		return (KERN_SUCCESS);
	}
	*status = put_plist(SC_OK, value_from_strset(&client->changed), list,
	    size);
	if (*status == SC_OK) {
		store_collected(client);
		client->pending = false;
	}
	return (KERN_SUCCESS);
}

kern_return_t
_notifyviaport(mach_port_t port, mach_port_t notifier, int identifier,
    int *status)
{
	struct session *session;

	session = session_find(port);
	if (session == NULL)
		*status = SC_NO_STORE_SESSION;
	else if (identifier != 0)
		*status = SC_INVALID_ARGUMENT;
	else
		*status = session_notifier_start(session, notifier);
	return (KERN_SUCCESS);
}

/*
 * Notification by signal or through a descriptor: not provided.  Darwin's own
 * clients use a port.
 */
static enum sc_status
not_provided(mach_port_t port)
{

	return (session_find(port) == NULL ? SC_NO_STORE_SESSION : SC_FAILED);
}

kern_return_t
_notifyviasignal(mach_port_t port, task_t task,
    int signal, int *status)
{

	(void)task;
	(void)signal;
	*status = not_provided(port);
	return (KERN_SUCCESS);
}

kern_return_t
_notifyviafd(mach_port_t port, mach_port_t fileport,
    int identifier, int *status)
{

	(void)fileport;
	(void)identifier;
	*status = not_provided(port);
	return (KERN_SUCCESS);
}

kern_return_t
_notifycancel(mach_port_t port, int *status)
{
	struct session *session;

	session = session_find(port);
	*status = session == NULL ? SC_NO_STORE_SESSION : SC_OK;
	if (session != NULL)
		session_notifier_stop(session);
	return (KERN_SUCCESS);
}

/*
 * Darwin writes the store to files for debugging, and reports a caller that may
 * not ask for it in the message's return code instead of the status.  Listing
 * all keys tells as much, so there is no snapshot here for anybody.
 */
kern_return_t
_snapshot(mach_port_t port, int *status, audit_token_t sender)
{

	*status = SC_FAILED;
	return (may_write(port, &sender) == SC_OK ? KERN_SUCCESS :
	    SC_ACCESS_ERROR);
}
