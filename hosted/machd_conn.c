/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * One client thread: a connection, and the thread of machd that serves it.
 *
 * The thread reads a request, runs the system call, and answers.  While the
 * call runs it may ask the client for memory; while the call sleeps it watches
 * the socket, so that a client's signal or death ends the sleep.
 */

#include "machd.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/systm.h>
#include <sys/time.h>
#include <unistd.h>

#include "hosted.h"
#include "mach_abi.h"

struct conn {
	int		c_fd;
	struct client	*c_client;
	struct peer	c_peer;		/* of the last packet */
	struct peer	c_known;	/* whose credentials c_cred has */
	uint64_t	c_real;		/* what the client said then */
	struct ucred	c_cred;
	struct thread	c_thread;
	struct waiter	c_waiter;	/* until its hello */
	bool		c_dead;		/* the client is gone */
	bool		c_interrupted;	/* a signal came during this call */
	/* Memory of the client that came with the request. */
	vm_offset_t	c_window;
	size_t		c_window_size;
	char		*c_window_data;
	bool		c_window_out;	/* goes back with the answer */
	int		c_file;		/* came with c_packet, or -1 */
	size_t		c_length;	/* of c_packet */
	struct {
		struct wire_header h;
		char	data[WIRE_CHUNK];
	} c_packet;
};

static bool
conn_send_fd(struct conn *c, const struct wire_header *h, const void *data,
    size_t len, int fd)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov[2];
	struct msghdr msg;
	struct cmsghdr *cm;
	ssize_t n;

	iov[0].iov_base = (void *)(uintptr_t)h;
	iov[0].iov_len = sizeof(*h);
	iov[1].iov_base = (void *)(uintptr_t)data;
	iov[1].iov_len = len;
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = iov;
	msg.msg_iovlen = len != 0 ? 2 : 1;
	if (fd != -1) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		cm = CMSG_FIRSTHDR(&msg);
		cm->cmsg_level = SOL_SOCKET;
		cm->cmsg_type = SCM_RIGHTS;
		cm->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(cm), &fd, sizeof(fd));
	}
	do {
		n = sendmsg(c->c_fd, &msg, MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	if (n == -1)
		c->c_dead = true;
	return (n != -1);
}

static bool
conn_send(struct conn *c, const struct wire_header *h, const void *data,
    size_t len)
{
	return (conn_send_fd(c, h, data, len, -1));
}

/* A descriptor that nobody asked for. */
static void
conn_drop_file(struct conn *c)
{
	if (c->c_file != -1)
		close(c->c_file);
	c->c_file = -1;
}

/*
 * Receives a packet from the process that said hello; any other holder of the
 * socket ends the connection.
 */
static bool
conn_recv(struct conn *c)
{
	ssize_t n;

	conn_drop_file(c);
	n = peer_recv(c->c_fd, &c->c_packet, sizeof(c->c_packet), &c->c_peer,
	    &c->c_file);
	if (n < (ssize_t)sizeof(struct wire_header) ||
	    (c->c_client != NULL && c->c_peer.pr_pid != c->c_known.pr_pid)) {
		c->c_dead = true;
		return (false);
	}
	c->c_length = (size_t)n - sizeof(struct wire_header);
	return (true);
}

static void
conn_ask_cred(struct conn *c, uint64_t real)
{
	c->c_known = c->c_peer;
	c->c_real = real;
	client_cred(c->c_peer.pr_pid, &c->c_peer, &c->c_cred);
}

/*
 * A request has the credentials its sender has when it makes it.  The system
 * vouches for the effective ids with each packet; it is asked for the real ones
 * when either are said to be others than before, and always where they differ.
 * A client that keeps a change to itself is thus known by a former real id only
 * while that is its effective one, which it need not hide.
 */
static void
conn_check_cred(struct conn *c)
{
	if (c->c_peer.pr_uid != c->c_known.pr_uid ||
	    c->c_peer.pr_gid != c->c_known.pr_gid ||
	    c->c_packet.h.wh_b != c->c_real ||
	    c->c_cred.cr_ruid != c->c_cred.cr_uid ||
	    c->c_cred.cr_rgid != c->c_cred.cr_gid)
		conn_ask_cred(c, c->c_packet.h.wh_b);
}

/*
 * Asks the client to do something with its memory and waits for WIRE_DONE.
 * Returns the errno it reports, EFAULT if it is gone or talks nonsense.
 */
static int
upcall_fd(struct conn *c, const struct wire_header *h, const void *data,
    size_t len, int fd)
{
	if (c->c_dead || !conn_send_fd(c, h, data, len, fd))
		return (EFAULT);
	for (;;) {
		if (!conn_recv(c))
			return (EFAULT);
		if (c->c_packet.h.wh_type == WIRE_DONE)
			return (c->c_packet.h.wh_error);
		if (c->c_packet.h.wh_type != WIRE_INTERRUPT) {
			c->c_dead = true;
			return (EFAULT);
		}
		c->c_interrupted = true;
	}
}

static int
upcall(struct conn *c, const struct wire_header *h, const void *data,
    size_t len)
{
	return (upcall_fd(c, h, data, len, -1));
}

/* Where in the window a range lies, or NULL. */
static char *
in_window(struct conn *c, vm_offset_t uaddr, size_t len)
{
	if (uaddr < c->c_window || uaddr - c->c_window > c->c_window_size ||
	    len > c->c_window_size - (uaddr - c->c_window))
		return (NULL);
	return (c->c_window_data + (uaddr - c->c_window));
}

static int
conn_copyin(struct thread *td, vm_offset_t uaddr, void *kaddr, size_t len)
{
	struct conn *c = td->h_private;
	struct wire_header h;
	const char *window;
	size_t n;
	int error;

	window = in_window(c, uaddr, len);
	if (window != NULL) {
		memcpy(kaddr, window, len);
		return (0);
	}
	for (; len > 0; len -= n) {
		n = MIN(len, WIRE_CHUNK);
		h = (struct wire_header){ WIRE_COPYIN, 0, uaddr, n };
		error = upcall(c, &h, NULL, 0);
		if (error == 0 && c->c_length != n)
			error = EFAULT;
		if (error != 0)
			return (error);
		memcpy(kaddr, c->c_packet.data, n);
		kaddr = (char *)kaddr + n;
		uaddr += n;
	}
	return (0);
}

static int
conn_copyout(struct thread *td, const void *kaddr, vm_offset_t uaddr,
    size_t len)
{
	struct conn *c = td->h_private;
	struct wire_header h;
	char *window;
	size_t n;
	int error;

	window = c->c_window_out ? in_window(c, uaddr, len) : NULL;
	if (window != NULL) {
		memcpy(window, kaddr, len);
		return (0);
	}
	for (; len > 0; len -= n) {
		n = MIN(len, WIRE_CHUNK);
		h = (struct wire_header){ WIRE_COPYOUT, 0, uaddr, n };
		error = upcall(c, &h, kaddr, n);
		if (error != 0)
			return (error);
		kaddr = (const char *)kaddr + n;
		uaddr += n;
	}
	return (0);
}

static int
conn_map(struct thread *td, vm_size_t size, vm_offset_t *uaddrp)
{
	struct conn *c = td->h_private;
	struct wire_header h;
	int error;

	h = (struct wire_header){ WIRE_MAP, 0, 0, size };
	error = upcall(c, &h, NULL, 0);
	*uaddrp = c->c_packet.h.wh_a;
	return (error);
}

static void
conn_unmap(struct thread *td, vm_offset_t uaddr, vm_size_t size)
{
	struct conn *c = td->h_private;
	struct wire_header h;

	h = (struct wire_header){ WIRE_UNMAP, 0, uaddr, size };
	(void)upcall(c, &h, NULL, 0);
}

static int
conn_getfd(struct thread *td, int fd, int *hostp)
{
	struct conn *c = td->h_private;
	struct wire_header h;
	int error;

	h = (struct wire_header){ WIRE_GETFD, 0, (uint64_t)fd, 0 };
	error = upcall(c, &h, NULL, 0);
	if (error == 0 && c->c_file == -1)
		error = ENFILE;
	if (error != 0)
		return (error);
	*hostp = c->c_file;
	c->c_file = -1;
	return (0);
}

static int
conn_putfd(struct thread *td, int host, int *fdp)
{
	struct conn *c = td->h_private;
	struct wire_header h;
	int error;

	h = (struct wire_header){ WIRE_PUTFD, 0, 0, 0 };
	error = upcall_fd(c, &h, NULL, 0, host);
	*fdp = (int)c->c_packet.h.wh_a;
	return (error);
}

/* Milliseconds from now, rounded up so that poll never returns early. */
static int
poll_timeout(sbintime_t when)
{
	sbintime_t left;

	if (when == 0)
		return (-1);
	left = when - sbinuptime();
	if (left <= 0)
		return (0);
	left = (left + SBT_1MS - 1) / SBT_1MS;
	return (left > INT32_MAX ? INT32_MAX : (int)left);
}

/* Something came on the socket during a sleep: EINTR if it ends the sleep. */
static int
sleep_packet(struct conn *c)
{
	if (!conn_recv(c))
		return (EINTR);
	if (c->c_packet.h.wh_type != WIRE_INTERRUPT)
		c->c_dead = true;
	c->c_interrupted = true;
	return (EINTR);
}

static int
conn_sleep(struct thread *td, sbintime_t when)
{
	struct conn *c = td->h_private;
	struct pollfd pfd[2];
	uint64_t count;
	int n;

	if (c->c_dead || c->c_interrupted)
		return (EINTR);
	pfd[0] = (struct pollfd){ td->h_wakefd, POLLIN, 0 };
	pfd[1] = (struct pollfd){ c->c_fd, POLLIN, 0 };
	for (;;) {
		n = poll(pfd, nitems(pfd), poll_timeout(when));
		if (n == 0 && poll_timeout(when) == 0)
			return (EWOULDBLOCK);
		if (n <= 0)
			continue;
		if (pfd[0].revents != 0 &&
		    read(td->h_wakefd, &count, sizeof(count)) > 0)
			return (0);
		if (pfd[1].revents != 0)
			return (sleep_packet(c));
	}
}

static const struct hosted_vm conn_vm = {
	.hv_copyin = conn_copyin,
	.hv_copyout = conn_copyout,
	.hv_map = conn_map,
	.hv_unmap = conn_unmap,
	.hv_getfd = conn_getfd,
	.hv_putfd = conn_putfd,
	.hv_sleep = conn_sleep,
};

static void
reply(struct conn *c, int error, uint64_t result, const void *data, size_t len)
{
	struct wire_header h;

	h = (struct wire_header){ WIRE_REPLY, error, result, 0 };
	(void)conn_send(c, &h, data, len);
}

static int syscall_msg, syscall_trap;

/* Finds the module's system calls, once it is loaded. */
void
conn_init(void)
{
	syscall_msg = (int)hosted_sysctl_get(
	    hosted_sysctl_find("kern.mach.syscall_msg"));
	syscall_trap = (int)hosted_sysctl_get(
	    hosted_sysctl_find("kern.mach.syscall_trap"));
}

/* The packet is needed for upcalls, so what came in it moves to the window. */
static bool
window_open(struct conn *c, vm_offset_t uaddr, const char *data, size_t len,
    bool out)
{
	c->c_window_data = malloc(len + 1);
	if (c->c_window_data == NULL)
		return (false);
	memcpy(c->c_window_data, data, len);
	c->c_window = uaddr;
	c->c_window_size = len;
	c->c_window_out = out;
	return (true);
}

static void
window_close(struct conn *c)
{
	free(c->c_window_data);
	c->c_window_data = NULL;
	c->c_window_size = 0;
	c->c_window_out = false;
}

static void
serve_msg(struct conn *c)
{
	struct mach_msg_trap_args args;
	size_t prefetched;
	int error;

	if (c->c_length < sizeof(args)) {
		c->c_dead = true;
		return;
	}
	memcpy(&args, c->c_packet.data, sizeof(args));
	prefetched = c->c_length - sizeof(args);
	if (!window_open(c, args.msg, c->c_packet.data + sizeof(args),
	    prefetched, false)) {
		reply(c, ENOMEM, 0, NULL, 0);
		return;
	}
	error = hosted_syscall(syscall_msg, &args);
	reply(c, error, (uint64_t)c->c_thread.td_retval[0], NULL, 0);
	window_close(c);
}

/* The structure gets an address no client can name: only the window has it. */
#define	TRAP_WINDOW	((vm_offset_t)1 << 63)

static void
serve_trap(struct conn *c)
{
	struct { uint64_t op, args, size; } args;
	int error;

	args.op = c->c_packet.h.wh_a;
	args.args = TRAP_WINDOW;
	args.size = c->c_length;
	if (!window_open(c, TRAP_WINDOW, c->c_packet.data, c->c_length, true)) {
		reply(c, ENOMEM, 0, NULL, 0);
		return;
	}
	error = hosted_syscall(syscall_trap, &args);
	reply(c, error, (uint64_t)c->c_thread.td_retval[0], c->c_window_data,
	    c->c_window_size);
	window_close(c);
}

/* The variable a packet names, or NULL. */
static struct hosted_sysctl *
packet_sysctl(struct conn *c)
{
	if (c->c_length == 0 || c->c_length > WIRE_NAME_MAX ||
	    c->c_packet.data[c->c_length - 1] != '\0')
		return (NULL);
	return (hosted_sysctl_find(c->c_packet.data));
}

static void
serve_sysctl(struct conn *c)
{
	struct hosted_sysctl *hs;
	int error;

	hs = packet_sysctl(c);
	if (hs == NULL) {
		reply(c, ENOENT, 0, NULL, 0);
	} else if (c->c_packet.h.wh_type == WIRE_SYSCTL) {
		reply(c, 0, hosted_sysctl_get(hs), NULL, 0);
	} else {
		error = c->c_cred.cr_uid != 0 ? EPERM :
		    hosted_sysctl_set(hs, c->c_packet.h.wh_a);
		reply(c, error, 0, NULL, 0);
	}
}

static void
serve_sysctl_next(struct conn *c)
{
	struct hosted_sysctl *hs;
	char name[WIRE_NAME_MAX];

	hs = packet_sysctl(c);
	if (hs == NULL && c->c_length != 1) {
		reply(c, ENOENT, 0, NULL, 0);
		return;
	}
	hs = hosted_sysctl_next(hs);
	if (hs == NULL) {
		reply(c, ENOENT, 0, NULL, 0);
		return;
	}
	hosted_sysctl_name(hs, name, sizeof(name));
	reply(c, 0, hosted_sysctl_get(hs), name, strlen(name) + 1);
}

/* Without a pipe to tell of the child's end there is no ticket. */
static void
serve_fork(struct conn *c)
{
	uint64_t ticket;

	ticket = 0;
	if (c->c_file != -1 && is_pipe(c->c_file)) {
		ticket = client_fork(c->c_client, c->c_file);
		c->c_file = -1;
	}
	reply(c, 0, ticket, NULL, 0);
}

static void
serve(struct conn *c)
{
	c->c_interrupted = false;
	switch (c->c_packet.h.wh_type) {
	case WIRE_MSG:
		serve_msg(c);
		break;
	case WIRE_TRAP:
		serve_trap(c);
		break;
	case WIRE_FORK:
		serve_fork(c);
		break;
	case WIRE_SYSCTL:
	case WIRE_SYSCTL_SET:
		serve_sysctl(c);
		break;
	case WIRE_SYSCTL_NEXT:
		serve_sysctl_next(c);
		break;
	case WIRE_INTERRUPT:
		/* Late: the call it was meant for has been answered. */
		break;
	default:
		c->c_dead = true;
		break;
	}
}

static bool
hello(struct conn *c)
{
	bool came;

	came = conn_recv(c);
	wait_leave(&c->c_waiter);
	if (!came || c->c_packet.h.wh_type != WIRE_HELLO ||
	    c->c_length != WIRE_COOKIE)
		return (false);
	if (c->c_packet.h.wh_a != WIRE_VERSION) {
		reply(c, EPROTONOSUPPORT, WIRE_VERSION, NULL, 0);
		return (false);
	}
	/* No request has said yet what its real ids are. */
	conn_ask_cred(c, UINT64_MAX);
	c->c_client = client_join(c->c_peer.pr_pid,
	    (const uint8_t *)c->c_packet.data, c->c_packet.h.wh_b, c->c_fd);
	if (c->c_client == NULL) {
		reply(c, EAGAIN, 0, NULL, 0);
		return (false);
	}
	return (true);
}

static void
converse(struct conn *c)
{
	struct thread *td;

	td = &c->c_thread;
	if (hosted_thread_init(td, client_proc(c->c_client), &c->c_cred,
	    &conn_vm, c) != 0) {
		reply(c, EAGAIN, 0, NULL, 0);
		return;
	}
	reply(c, 0, 0, NULL, 0);
	while (!c->c_dead && conn_recv(c)) {
		conn_check_cred(c);
		serve(c);
	}
	hosted_thread_fini(td);
}

static void *
conn_main(void *arg)
{
	struct conn *c = arg;

	if (hello(c)) {
		converse(c);
		client_leave(c->c_client, c->c_fd);
	}
	conn_drop_file(c);
	close(c->c_fd);
	free(c);
	return (NULL);
}

/* Starts to serve an accepted connection. */
void
conn_start(int fd)
{
	pthread_attr_t attr;
	pthread_t thread;
	struct conn *c;

	c = calloc(1, sizeof(*c));
	if (c == NULL) {
		close(fd);
		return;
	}
	c->c_fd = fd;
	c->c_file = -1;
	wait_enter(&c->c_waiter, fd, peer_uid(fd));
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 512 * 1024);
	if (pthread_create(&thread, &attr, conn_main, c) != 0) {
		wait_leave(&c->c_waiter);
		close(fd);
		free(c);
	}
	pthread_attr_destroy(&attr);
}
