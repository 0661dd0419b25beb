/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Sessions.
 *
 * A session's receive right is guarded with the session's address, so that no
 * stray destroy in this process can take a client's session away.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "session.h"

#define	SESSION_BUCKETS	256

LIST_HEAD(session_list, session);

static struct session_list session_table[SESSION_BUCKETS];
static LIST_HEAD(, session_user) session_users =
    LIST_HEAD_INITIALIZER(session_users);
static unsigned int session_count;
static mach_port_t session_room;

/* Names are dense in their upper 24 bits. */
static struct session_list *
session_bucket(mach_port_t port)
{

	return (&session_table[(port >> 8) % SESSION_BUCKETS]);
}

struct session *
session_find(mach_port_t port)
{
	struct session *session;

	LIST_FOREACH(session, session_bucket(port), link) {
		if (session->port == port)
			break;
	}
	return (session);
}

/* Calls `function' for each session; it may close the session it is given. */
static void
session_foreach(void (*function)(struct session *, void *), void *arg)
{
	struct session *session, *next;
	size_t i;

	for (i = 0; i < SESSION_BUCKETS; i++) {
		for (session = LIST_FIRST(&session_table[i]); session != NULL;
		    session = next) {
			next = LIST_NEXT(session, link);
			function(session, arg);
		}
	}
}

/* The user's entry, made if there is none; NULL without memory. */
static struct session_user *
session_user_get(uid_t euid)
{
	struct session_user *user;

	LIST_FOREACH(user, &session_users, link) {
		if (user->euid == euid)
			break;
	}
	if (user == NULL) {
		user = calloc(1, sizeof(*user));
		if (user == NULL)
			return (NULL);
		user->euid = euid;
		LIST_INSERT_HEAD(&session_users, user, link);
	}
	user->sessions++;
	return (user);
}

static void
session_user_put(struct session_user *user)
{

	if (--user->sessions > 0)
		return;
	LIST_REMOVE(user, link);
	free(user);
}

static bool
session_is_allowed(const struct session_user *user)
{

	return (session_count < SESSIONS_MAX &&
	    (user->euid == 0 || user->sessions <= SESSIONS_UID_MAX));
}

static kern_return_t
session_port_construct(struct session *session)
{
	mach_port_options_t options;

	memset(&options, 0, sizeof(options));
	options.flags = MPO_CONTEXT_AS_GUARD;
	return (mach_port_construct(mach_task_self(), &options,
	    (mach_port_context_t)(uintptr_t)session, &session->port));
}

static void
session_port_destruct(struct session *session)
{
	kern_return_t kr;

	kr = mach_port_destruct(mach_task_self(), session->port, 0,
	    (mach_port_context_t)(uintptr_t)session);
	if (kr != KERN_SUCCESS)
		log_error("cannot destroy a session's port: %s",
		    mach_error_string(kr));
}

/*
 * The send right is made before the notification is asked for: with sync 1 it
 * then fires when that right is gone, and not before it was sent.
 */
static kern_return_t
session_port_arm(struct session *session, mach_port_t pset)
{
	mach_port_t previous;
	kern_return_t kr;

	kr = mach_port_insert_right(mach_task_self(), session->port,
	    session->port, MACH_MSG_TYPE_MAKE_SEND);
	if (kr != KERN_SUCCESS)
		return (kr);
	previous = MACH_PORT_NULL;
	kr = mach_port_request_notification(mach_task_self(), session->port,
	    MACH_NOTIFY_NO_SENDERS, 1, session->port,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous);
	if (kr == KERN_SUCCESS)
		kr = mach_port_insert_member(mach_task_self(), session->port,
		    pset);
	if (kr != KERN_SUCCESS)
		(void)mach_port_deallocate(mach_task_self(), session->port);
	return (kr);
}

static enum sc_status
session_port_open(struct session *session, mach_port_t pset)
{
	kern_return_t kr;

	kr = session_port_construct(session);
	if (kr == KERN_SUCCESS) {
		kr = session_port_arm(session, pset);
		if (kr != KERN_SUCCESS)
			session_port_destruct(session);
	}
	if (kr != KERN_SUCCESS)
		log_error("cannot make a session: %s", mach_error_string(kr));
	return (kr == KERN_SUCCESS ? SC_OK : SC_FAILED);
}

/* Clients ignore the identifier, but it must be none of a notification. */
static mach_msg_id_t
session_notify_id(void)
{

	return ((mach_msg_id_t)(0x10000 + random() % 0x10000));
}

enum sc_status
session_open(struct store *store, mach_port_t pset, uid_t euid,
    bool session_keys, struct session **out, mach_port_t *right)
{
	struct session_user *user;
	struct session *session;
	enum sc_status status;

	user = session_user_get(euid);
	if (user == NULL)
		return (SC_FAILED);
	if (!session_is_allowed(user)) {
		log_error("refused a session to user %u: too many are open",
		    (unsigned int)euid);
		session_user_put(user);
		return (SC_FAILED);
	}
	session = calloc(1, sizeof(*session));
	if (session == NULL) {
		session_user_put(user);
		return (SC_FAILED);
	}
	session->euid = euid;
	session->user = user;
	if (euid != 0)
		session->client.share = &user->share;
	session->notify_id = session_notify_id();
	session->client.session_keys = session_keys;
	status = session_port_open(session, pset);
	if (status != SC_OK) {
		session_user_put(user);
		free(session);
		return (status);
	}
	session->client.id = session->port;
	store_client_add(store, &session->client);
	LIST_INSERT_HEAD(session_bucket(session->port), session, link);
	session_count++;
	*out = session;
	*right = session->port;
	return (SC_OK);
}

void
session_close(struct store *store, struct session *session)
{

	store_client_remove(store, &session->client);
	session_notifier_stop(session);
	session_port_destruct(session);
	LIST_REMOVE(session, link);
	session_count--;
	session_user_put(session->user);
	free(session);
}

static void
session_close_one(struct session *session, void *arg)
{

	session_close(arg, session);
}

void
session_close_all(struct store *store)
{

	session_foreach(session_close_one, store);
}

/*
 * Notifiers.
 */

enum sc_status
session_notifier_start(struct session *session, mach_port_t port)
{
	mach_port_type_t type;

	if (session->notify_port != MACH_PORT_NULL)
		return (SC_NOTIFIER_ACTIVE);
	/* A port of our own would keep a session from ever ending. */
	if (mach_port_type(mach_task_self(), port, &type) != KERN_SUCCESS ||
	    (type & MACH_PORT_TYPE_RECEIVE) != 0 ||
	    mach_port_mod_refs(mach_task_self(), port, MACH_PORT_RIGHT_SEND,
	    1) != KERN_SUCCESS)
		return (SC_INVALID_ARGUMENT);
	session->notify_port = port;
	/* What changed before there was a notifier is told at once. */
	session->client.pending = session->client.changed.count > 0;
	return (SC_OK);
}

void
session_notifier_stop(struct session *session)
{

	if (session->notify_port == MACH_PORT_NULL)
		return;
	(void)mach_port_deallocate(mach_task_self(), session->notify_port);
	session->notify_port = MACH_PORT_NULL;
	session->full = false;
}

void
session_room_port(mach_port_t port)
{

	session_room = port;
}

static mach_msg_return_t
session_notify_send(const struct session *session, mach_msg_option_t option)
{
	mach_msg_header_t message;
	mach_msg_return_t mr;

	memset(&message, 0, sizeof(message));
	message.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0);
	message.msgh_size = sizeof(message);
	message.msgh_remote_port = session->notify_port;
	message.msgh_id = session->notify_id;
	mr = mach_msg(&message, MACH_SEND_MSG | MACH_SEND_TIMEOUT | option,
	    sizeof(message), 0, MACH_PORT_NULL, 0, MACH_PORT_NULL);
	/* A message that came back holds a right of its own. */
	if (mr == MACH_SEND_TIMED_OUT)
		mach_msg_destroy(&message);
	return (mr);
}

/*
 * Asks the kernel to say when there is room, which it does after one more send
 * that finds none.  Several sessions may use one port, and one request is all
 * there is to a name: the answer is for all of them.
 */
static mach_msg_return_t
session_notify_later(struct session *session)
{
	mach_port_t previous;
	mach_msg_return_t mr;

	previous = MACH_PORT_NULL;
	if (mach_port_request_notification(mach_task_self(),
	    session->notify_port, MACH_NOTIFY_SEND_POSSIBLE, 0, session_room,
	    MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous) != KERN_SUCCESS)
		return (MACH_SEND_TIMED_OUT);
	if (previous != MACH_PORT_NULL)
		(void)mach_port_deallocate(mach_task_self(), previous);
	mr = session_notify_send(session, MACH_SEND_NOTIFY);
	session->full = mr == MACH_SEND_TIMED_OUT;
	return (mr);
}

/*
 * The server waits for no watcher.  A notification that does not fit the
 * watcher's queue may be lost without harm if one is queued already: the
 * watcher has still to receive that one, and will then collect all changes made
 * by then.  But the port is the client's, and what fills its queue need not be
 * ours: so the session stays pending until the notification went out, which is
 * tried when there is room, or the client has collected.
 */
static void
session_announce(struct session *session, void *arg)
{
	mach_msg_return_t mr;

	(void)arg;
	if (!session->client.pending || session->full ||
	    session->notify_port == MACH_PORT_NULL)
		return;
	mr = session_notify_send(session, 0);
	if (mr == MACH_SEND_TIMED_OUT)
		mr = session_notify_later(session);
	if (mr == MACH_SEND_TIMED_OUT)
		return;
	session->client.pending = false;
	if (mr != MACH_MSG_SUCCESS) {
		log_debug("a notifier is gone: %s", mach_error_string(mr));
		session_notifier_stop(session);
	}
}

void
session_announce_all(void)
{

	session_foreach(session_announce, NULL);
}

static void
session_ready(struct session *session, void *arg)
{
	const mach_port_t *port;

	port = arg;
	if (session->notify_port == *port)
		session->full = false;
}

void
session_notifier_ready(mach_port_t port)
{

	session_foreach(session_ready, &port);
}
