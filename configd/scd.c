/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * A client of the dynamic store: sessions and their reconnection, keys, and
 * notification.  scd_rpc.c has the messages.
 */

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <servers/bootstrap.h>

#include "config_types.h"
#include "scd.h"
#include "scd_rpc.h"
#include "value.h"

struct scd {
	pthread_mutex_t	 lock;		/* of all below */
	char		*name;
	bool		 session_keys;
	mach_port_t	 port;		/* send right to the session */
	struct strset	 keys;		/* watches, for reconnection */
	struct strset	 patterns;
	mach_port_t	 notifier;	/* receive right, or MACH_PORT_NULL */
};

const char *
scd_error_string(int error)
{
	const char *text;

	text = sc_status_string(error);
	if (text != NULL)
		return (text);
	if (error > 0 && error < 200)
		return (strerror(error));
	if (error >= BOOTSTRAP_NOT_PRIVILEGED && error <= BOOTSTRAP_NO_MEMORY)
		return (bootstrap_strerror(error));
	return (mach_error_string(error));
}

/* The errors that say that the server, or the session's, is gone. */
static bool
scd_is_dead(int error)
{

	return (error == MACH_SEND_INVALID_DEST || error == MIG_SERVER_DIED);
}

/* A right to the server; whoever answers for the name has to be root. */
static int
scd_server(mach_port_t *server)
{
	const char *name;
	kern_return_t kr;

	name = getenv(CONFIG_SERVICE_ENV);
	if (name == NULL || name[0] == '\0')
		name = CONFIG_SERVICE_NAME;
	if (bootstrap_port == MACH_PORT_NULL)
		return (SC_NO_STORE_SERVER);
	kr = bootstrap_look_up2(bootstrap_port, name, server, 0,
	    BOOTSTRAP_PRIVILEGED_SERVER);
	if (kr == BOOTSTRAP_NOT_PRIVILEGED)
		return (kr);
	return (kr == KERN_SUCCESS ? SC_OK : SC_NO_STORE_SERVER);
}

/* The options dictionary of an open, or nothing. */
static int
scd_options(const struct scd *scd, struct rpc_data *options)
{
	plist_t dict;

	memset(options, 0, sizeof(*options));
	if (!scd->session_keys)
		return (SC_OK);
	dict = plist_new_dict();
	plist_dict_set_item(dict, CONFIG_OPTION_SESSION_KEYS,
	    plist_new_bool(1));
	options->data = value_encode(dict, &options->size);
	plist_free(dict);
	return (options->data == NULL ? SC_FAILED : SC_OK);
}

static int
scd_connect(struct scd *scd)
{
	struct rpc_data options;
	mach_port_t server;
	int error, tries;

	error = scd_options(scd, &options);
	if (error != SC_OK)
		return (error);
	/* A server that dies with the question is asked once more. */
	for (tries = 0; tries < 2; tries++) {
		error = scd_server(&server);
		if (error == SC_OK) {
			error = rpc_open(server, rpc_string(scd->name), options,
			    &scd->port);
			(void)mach_port_deallocate(mach_task_self(), server);
		}
		if (!scd_is_dead(error))
			break;
	}
	free(options.data);
	return (scd_is_dead(error) ? SC_NO_STORE_SERVER : error);
}

static void
scd_disconnect(struct scd *scd)
{

	if (scd->port == MACH_PORT_NULL)
		return;
	(void)mach_port_deallocate(mach_task_self(), scd->port);
	scd->port = MACH_PORT_NULL;
}

static int
scd_send_watches(struct scd *scd)
{
	struct rpc_data keys, patterns;
	int error;

	error = SC_FAILED;
	memset(&keys, 0, sizeof(keys));
	memset(&patterns, 0, sizeof(patterns));
	if (rpc_list(&scd->keys, &keys) == 0 &&
	    rpc_list(&scd->patterns, &patterns) == 0)
		error = rpc_watch_all(scd->port, keys, patterns);
	free(keys.data);
	free(patterns.data);
	return (error);
}

/*
 * Gives the server a right to the notifier's port, and asks to be told when
 * there is none any more: the server is then dead.  Asking after giving is
 * right, since a request that comes too late is answered at once.
 */
static int
scd_send_notifier(struct scd *scd)
{
	mach_port_t previous;
	kern_return_t kr;
	int error;

	error = rpc_via_port(scd->port, scd->notifier);
	if (error != SC_OK)
		return (error);
	previous = MACH_PORT_NULL;
	kr = mach_port_request_notification(mach_task_self(), scd->notifier,
	    MACH_NOTIFY_NO_SENDERS, 1, scd->notifier,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous);
	if (kr == KERN_SUCCESS && MACH_PORT_VALID(previous))
		(void)mach_port_deallocate(mach_task_self(), previous);
	return (kr);
}

static int
scd_reconnect(struct scd *scd)
{
	int error;

	scd_disconnect(scd);
	error = scd_connect(scd);
	if (error == SC_OK && scd->keys.count + scd->patterns.count > 0)
		error = scd_send_watches(scd);
	if (error == SC_OK && scd->notifier != MACH_PORT_NULL)
		error = scd_send_notifier(scd);
	return (error);
}

/*
 * A call on a session, made once more if the server turns out to have died.
 */
typedef int scd_function(mach_port_t, void *);

static int
scd_call(struct scd *scd, scd_function *function, void *arg)
{
	int error;

	pthread_mutex_lock(&scd->lock);
	error = function(scd->port, arg);
	if (scd_is_dead(error)) {
		error = scd_reconnect(scd);
		if (error == SC_OK)
			error = function(scd->port, arg);
	}
	pthread_mutex_unlock(&scd->lock);
	return (error);
}

int
scd_open(const char *name, bool session_keys, struct scd **out)
{
	struct scd *scd;
	int error;

	scd = calloc(1, sizeof(*scd));
	if (scd == NULL || (scd->name = strdup(name)) == NULL) {
		free(scd);
		return (SC_FAILED);
	}
	pthread_mutex_init(&scd->lock, NULL);
	scd->session_keys = session_keys;
	error = scd_connect(scd);
	if (error != SC_OK) {
		scd_close(scd);
		return (error);
	}
	*out = scd;
	return (SC_OK);
}

static void
scd_notifier_destroy(struct scd *scd)
{

	if (scd->notifier == MACH_PORT_NULL)
		return;
	(void)mach_port_mod_refs(mach_task_self(), scd->notifier,
	    MACH_PORT_RIGHT_RECEIVE, -1);
	scd->notifier = MACH_PORT_NULL;
}

void
scd_close(struct scd *scd)
{

	if (scd == NULL)
		return;
	scd_disconnect(scd);
	scd_notifier_destroy(scd);
	strset_clear(&scd->keys);
	strset_clear(&scd->patterns);
	pthread_mutex_destroy(&scd->lock);
	free(scd->name);
	free(scd);
}

/*
 * Keys.
 */

struct scd_args {
	rpc_assign	*assign;
	rpc_key		*key;
	struct rpc_data	 data[3];
	plist_t		*plist;		/* result */
};

static int
scd_do_list(mach_port_t port, void *arg)
{
	struct scd_args *args;

	args = arg;
	return (rpc_list_keys(port, args->data[0], args->plist));
}

static int
scd_strset(int error, plist_t array, struct strset *keys)
{

	if (error == SC_OK && !value_to_strset(array, keys))
		error = SC_FAILED;
	plist_free(array);
	return (error);
}

int
scd_list(struct scd *scd, const char *pattern, struct strset *keys)
{
	struct scd_args args;
	plist_t array;
	int error;

	array = NULL;
	args.data[0] = rpc_string(pattern);
	args.plist = &array;
	error = scd_call(scd, scd_do_list, &args);
	return (scd_strset(error, array, keys));
}

static int
scd_do_get(mach_port_t port, void *arg)
{
	struct scd_args *args;

	args = arg;
	return (rpc_get(port, args->data[0], args->plist));
}

int
scd_get(struct scd *scd, const char *key, plist_t *value)
{
	struct scd_args args;

	args.data[0] = rpc_string(key);
	args.plist = value;
	return (scd_call(scd, scd_do_get, &args));
}

static int
scd_do_get_many(mach_port_t port, void *arg)
{
	struct scd_args *args;

	args = arg;
	return (rpc_get_many(port, args->data[0], args->data[1], args->plist));
}

/* The reply has encoded values in an encoded dictionary. */
static int
scd_decode_values(plist_t encoded, plist_t *values)
{
	struct strset keys = STRSET_INITIALIZER;
	const char *data;
	uint64_t size;
	plist_t value;
	size_t i;

	if (!value_keys(encoded, &keys))
		return (SC_FAILED);
	*values = plist_new_dict();
	for (i = 0; i < keys.count; i++) {
		size = 0;
		data = plist_get_data_ptr(value_member(encoded, keys.items[i]),
		    &size);
		value = value_decode(data, (size_t)size);
		if (value != NULL)
			plist_dict_set_item(*values, keys.items[i], value);
	}
	strset_clear(&keys);
	return (SC_OK);
}

int
scd_get_matching(struct scd *scd, const char *pattern, plist_t *values)
{
	struct strset patterns = STRSET_INITIALIZER;
	struct scd_args args;
	plist_t encoded;
	int error;

	memset(&args, 0, sizeof(args));
	if (strset_add(&patterns, pattern) < 0 ||
	    rpc_list(&patterns, &args.data[1]) != 0) {
		strset_clear(&patterns);
		return (SC_FAILED);
	}
	encoded = NULL;
	args.plist = &encoded;
	error = scd_call(scd, scd_do_get_many, &args);
	if (error == SC_OK)
		error = scd_decode_values(encoded, values);
	plist_free(encoded);
	free(args.data[1].data);
	strset_clear(&patterns);
	return (error);
}

static int
scd_do_assign(mach_port_t port, void *arg)
{
	struct scd_args *args;

	args = arg;
	return (args->assign(port, args->data[0], args->data[1]));
}

static int
scd_assign(struct scd *scd, rpc_assign *assign, const char *key, plist_t value)
{
	struct scd_args args;
	int error;

	args.assign = assign;
	args.data[0] = rpc_string(key);
	args.data[1].data = value_encode(value, &args.data[1].size);
	if (args.data[1].data == NULL)
		return (SC_FAILED);
	error = scd_call(scd, scd_do_assign, &args);
	free(args.data[1].data);
	return (error);
}

int
scd_add(struct scd *scd, const char *key, plist_t value)
{

	return (scd_assign(scd, rpc_add, key, value));
}

int
scd_add_session(struct scd *scd, const char *key, plist_t value)
{

	return (scd_assign(scd, rpc_add_session, key, value));
}

int
scd_set(struct scd *scd, const char *key, plist_t value)
{

	return (scd_assign(scd, rpc_set, key, value));
}

static int
scd_do_key(mach_port_t port, void *arg)
{
	struct scd_args *args;

	args = arg;
	return (args->key(port, args->data[0]));
}

int
scd_remove(struct scd *scd, const char *key)
{
	struct scd_args args;

	args.key = rpc_remove;
	args.data[0] = rpc_string(key);
	return (scd_call(scd, scd_do_key, &args));
}

int
scd_notify(struct scd *scd, const char *key)
{
	struct scd_args args;

	args.key = rpc_notify;
	args.data[0] = rpc_string(key);
	return (scd_call(scd, scd_do_key, &args));
}

static int
scd_do_set_many(mach_port_t port, void *arg)
{
	struct scd_args *args;

	args = arg;
	return (rpc_set_many(port, args->data[0], args->data[1],
	    args->data[2]));
}

/* A dictionary of values as one of encoded values, encoded. */
static int
scd_encode_values(plist_t values, struct rpc_data *out)
{
	struct strset keys = STRSET_INITIALIZER;
	plist_t encoded;
	size_t i, size;
	void *data;

	if (values == NULL)
		return (0);
	if (!value_keys(values, &keys))
		return (-1);
	encoded = plist_new_dict();
	for (i = 0; i < keys.count; i++) {
		data = value_encode(value_member(values, keys.items[i]), &size);
		if (data != NULL)
			plist_dict_set_item(encoded, keys.items[i],
			    plist_new_data(data, size));
		free(data);
	}
	if (keys.count > 0)
		out->data = value_encode(encoded, &out->size);
	plist_free(encoded);
	strset_clear(&keys);
	return (0);
}

int
scd_set_many(struct scd *scd, plist_t set, const struct strset *remove,
    const struct strset *notify)
{
	struct scd_args args;
	int error;

	memset(&args, 0, sizeof(args));
	error = SC_FAILED;
	if (scd_encode_values(set, &args.data[0]) == 0 &&
	    rpc_list(remove, &args.data[1]) == 0 &&
	    rpc_list(notify, &args.data[2]) == 0)
		error = scd_call(scd, scd_do_set_many, &args);
	free(args.data[0].data);
	free(args.data[1].data);
	free(args.data[2].data);
	return (error);
}

/*
 * Watches and notification.
 */

static int
scd_copy(const struct strset *from, struct strset *to)
{
	size_t i;

	strset_clear(to);
	for (i = 0; i < from->count; i++) {
		if (strset_add(to, from->items[i]) < 0)
			return (-1);
	}
	return (0);
}

int
scd_watch(struct scd *scd, const struct strset *keys,
    const struct strset *patterns)
{
	int error;

	pthread_mutex_lock(&scd->lock);
	error = SC_FAILED;
	if (scd_copy(keys, &scd->keys) == 0 &&
	    scd_copy(patterns, &scd->patterns) == 0)
		error = scd_send_watches(scd);
	if (scd_is_dead(error)) {
		error = scd_reconnect(scd);
		/* Reconnection sends watches only if there are any. */
	}
	pthread_mutex_unlock(&scd->lock);
	return (error);
}

static int
scd_do_changes(mach_port_t port, void *arg)
{
	struct scd_args *args;

	args = arg;
	return (rpc_changes(port, args->plist));
}

int
scd_changes(struct scd *scd, struct strset *keys)
{
	struct scd_args args;
	plist_t array;
	int error;

	array = NULL;
	args.plist = &array;
	error = scd_call(scd, scd_do_changes, &args);
	return (scd_strset(error, array, keys));
}

int
scd_notifier_start(struct scd *scd)
{
	kern_return_t kr;
	int error;

	pthread_mutex_lock(&scd->lock);
	if (scd->notifier != MACH_PORT_NULL) {
		pthread_mutex_unlock(&scd->lock);
		return (SC_NOTIFIER_ACTIVE);
	}
	kr = mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE,
	    &scd->notifier);
	if (kr == KERN_SUCCESS) {
		error = scd_send_notifier(scd);
		if (scd_is_dead(error))
			error = scd_reconnect(scd);
		if (error != SC_OK)
			scd_notifier_destroy(scd);
	} else {
		scd->notifier = MACH_PORT_NULL;
		error = kr;
	}
	pthread_mutex_unlock(&scd->lock);
	return (error);
}

static int
scd_do_cancel(mach_port_t port, void *arg)
{

	(void)arg;
	return (rpc_cancel(port));
}

int
scd_notifier_stop(struct scd *scd)
{

	pthread_mutex_lock(&scd->lock);
	scd_notifier_destroy(scd);
	pthread_mutex_unlock(&scd->lock);
	return (scd_call(scd, scd_do_cancel, NULL));
}

/*
 * No senders: the server that held the right is dead.  Unless a call of another
 * thread has found that out first, the session is opened again.
 */
static enum scd_wait
scd_notifier_orphaned(struct scd *scd)
{
	mach_port_type_t type;
	enum scd_wait result;

	result = SCD_WAIT_RECONNECTED;
	pthread_mutex_lock(&scd->lock);
	if (scd->notifier == MACH_PORT_NULL)
		result = SCD_WAIT_ENDED;
	else if (scd->port == MACH_PORT_NULL ||
	    mach_port_type(mach_task_self(), scd->port, &type) !=
	    KERN_SUCCESS || (type & MACH_PORT_TYPE_SEND) == 0) {
		if (scd_reconnect(scd) != SC_OK)
			result = SCD_WAIT_LOST;
	}
	pthread_mutex_unlock(&scd->lock);
	return (result);
}

enum scd_wait
scd_notifier_wait(struct scd *scd, int timeout)
{
	struct {
		mach_msg_header_t	head;
		char			body[256];
	} message;
	mach_msg_option_t options;
	mach_msg_return_t mr;
	mach_port_t port;

	pthread_mutex_lock(&scd->lock);
	port = scd->notifier;
	pthread_mutex_unlock(&scd->lock);
	options = MACH_RCV_MSG | (timeout < 0 ? 0 : MACH_RCV_TIMEOUT);
	for (;;) {
		mr = mach_msg(&message.head, options, 0, sizeof(message), port,
		    timeout < 0 ? MACH_MSG_TIMEOUT_NONE :
		    (mach_msg_timeout_t)timeout, MACH_PORT_NULL);
		if (mr == MACH_RCV_TIMED_OUT)
			return (SCD_WAIT_TIMED_OUT);
		if (mr != MACH_MSG_SUCCESS)
			return (SCD_WAIT_ENDED);
		mach_msg_destroy(&message.head);
		if (message.head.msgh_id == MACH_NOTIFY_NO_SENDERS)
			return (scd_notifier_orphaned(scd));
		/* The echo of a request that was replaced says nothing. */
		if (message.head.msgh_id != MACH_NOTIFY_SEND_ONCE)
			return (SCD_WAIT_CHANGED);
	}
}
