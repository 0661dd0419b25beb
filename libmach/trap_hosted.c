/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Traps without the module: into machd, over a connection per thread.
 *
 * While a thread waits for its answer it serves machd's requests for the memory
 * of this process, with system calls on the user address itself, so a bad
 * address is an error and not a fault.  A signal handled meanwhile is reported
 * to machd, which ends the trap's sleep, if it sleeps; the answer still comes.
 *
 * A forked child shares its parent's sockets but is another process to machd,
 * which would refuse it: the child closes them and says hello anew, with the
 * ticket its parent got for it before the fork.  Until it has done so it keeps
 * one end of a pipe open; that is how machd learns if it never will.
 */

#include <sys/types.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mach/kern_return.h>
#include <mach/message.h>

#include "mach_abi.h"
#include "trap.h"
#include "wire.h"

/* Descriptors go up here, out of the way of programs that count theirs. */
#define	HIGH_DESCRIPTOR	512

struct conn {
	int		fd;
	dev_t		dev;	/* what fd was when it was opened */
	ino_t		ino;
	struct conn	*next;	/* all_conns */
};

static pthread_mutex_t conns_lock = PTHREAD_MUTEX_INITIALIZER;
static struct conn *all_conns;
static pthread_key_t conn_key;
static pthread_once_t conn_once = PTHREAD_ONCE_INIT;
static _Thread_local struct conn *my_conn;

/* Held from before a fork until after it, so that there is one at a time. */
static pthread_mutex_t fork_lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t fork_ticket;	/* what the child being forked will say */
static int fork_pipe = -1;	/* closed when it has said so */

static void
conn_unlink(struct conn *c)
{
	struct conn **prev;

	pthread_mutex_lock(&conns_lock);
	for (prev = &all_conns; *prev != c; prev = &(*prev)->next)
		;
	*prev = c->next;
	pthread_mutex_unlock(&conns_lock);
}

/* Whether the program has not closed our descriptor, or used it again. */
static bool
conn_is_ours(const struct conn *c)
{
	struct stat st;

	return (fstat(c->fd, &st) == 0 && st.st_dev == c->dev &&
	    st.st_ino == c->ino);
}

static void
conn_free(void *arg)
{
	struct conn *c = arg;

	conn_unlink(c);
	if (conn_is_ours(c))
		close(c->fd);
	free(c);
	my_conn = NULL;
}

static void
conn_setup(void)
{
	(void)pthread_key_create(&conn_key, conn_free);
}

/* Writes one control message at `to', aligned as CMSG_SPACE makes it. */
static void
control_put(char *to, int type, const void *data, size_t len)
{
	struct cmsghdr *c = (struct cmsghdr *)(void *)to;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), data, len);
}

/*
 * Sends one packet that says who sends it, and a descriptor with it if `file'
 * is not -1.
 */
static bool
packet_send_fd(int fd, const struct wire_header *h, const void *d1, size_t n1,
    const void *d2, size_t n2, int file)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(struct ucred)) +
		    CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov[3];
	struct msghdr msg;
	struct ucred cred;
	ssize_t n;

	iov[0].iov_base = (void *)(uintptr_t)h;
	iov[0].iov_len = sizeof(*h);
	iov[1].iov_base = (void *)(uintptr_t)d1;
	iov[1].iov_len = n1;
	iov[2].iov_base = (void *)(uintptr_t)d2;
	iov[2].iov_len = n2;
	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	msg.msg_iov = iov;
	msg.msg_iovlen = 3;
	msg.msg_control = &control;
	msg.msg_controllen = CMSG_SPACE(sizeof(cred)) +
	    (file != -1 ? CMSG_SPACE(sizeof(file)) : 0);
	cred.pid = getpid();
	cred.uid = geteuid();
	cred.gid = getegid();
	control_put(control.space, SCM_CREDENTIALS, &cred, sizeof(cred));
	if (file != -1)
		control_put(control.space + CMSG_SPACE(sizeof(cred)),
		    SCM_RIGHTS, &file, sizeof(file));
	do {
		n = sendmsg(fd, &msg, MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	return (n != -1);
}

static bool
packet_send(int fd, const struct wire_header *h, const void *d1, size_t n1,
    const void *d2, size_t n2)
{
	return (packet_send_fd(fd, h, d1, n1, d2, n2, -1));
}

/*
 * Receives a packet; *filep is a descriptor that came with it, or -1.
 */
static ssize_t
packet_recv(int fd, void *packet, size_t size, int *filep)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov;
	struct msghdr msg;
	struct cmsghdr *c;
	ssize_t n;

	*filep = -1;
	iov.iov_base = packet;
	iov.iov_len = size;
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = &control;
	msg.msg_controllen = sizeof(control);
	n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	if (n == -1)
		return (-1);
	c = CMSG_FIRSTHDR(&msg);
	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS)
		memcpy(filep, CMSG_DATA(c), sizeof(*filep));
	return (n);
}

static bool
done(int fd, int error, uint64_t a)
{
	struct wire_header h = { WIRE_DONE, error, a, 0 };

	return (packet_send(fd, &h, NULL, 0, NULL, 0));
}

/*
 * Answers with the memory asked for.  The kernel reads it on our behalf, and
 * reports a bad address as EFAULT before anything is sent.
 */
static bool
serve_copyin(int fd, const struct wire_header *up)
{
	struct wire_header h = { WIRE_DONE, 0, 0, 0 };

	if (packet_send(fd, &h, (const void *)(uintptr_t)up->wh_a, up->wh_b,
	    NULL, 0))
		return (true);
	return (errno == EFAULT && done(fd, EFAULT, 0));
}

static bool
serve_copyout(int fd, const struct wire_header *up, const void *data,
    size_t len)
{
	struct iovec local, remote;

	local.iov_base = (void *)(uintptr_t)data;
	local.iov_len = len;
	remote.iov_base = (void *)(uintptr_t)up->wh_a;
	remote.iov_len = len;
	if (process_vm_writev(getpid(), &local, 1, &remote, 1, 0) !=
	    (ssize_t)len)
		return (done(fd, EFAULT, 0));
	return (done(fd, 0, 0));
}

static bool
serve_map(int fd, const struct wire_header *up)
{
	void *p;

	p = mmap(NULL, up->wh_b, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return (p == MAP_FAILED ? done(fd, ENOMEM, 0) :
	    done(fd, 0, (uintptr_t)p));
}

static bool
serve_unmap(int fd, const struct wire_header *up)
{
	uintptr_t page, start, end;

	page = (uintptr_t)sysconf(_SC_PAGESIZE);
	start = up->wh_a & ~(page - 1);
	end = (up->wh_a + up->wh_b + page - 1) & ~(page - 1);
	return (done(fd, munmap((void *)start, end - start) == 0 ? 0 : errno,
	    0));
}

static bool
serve_getfd(int fd, const struct wire_header *up)
{
	struct wire_header h = { WIRE_DONE, 0, 0, 0 };

	if (fcntl((int)up->wh_a, F_GETFD) == -1)
		return (done(fd, EBADF, 0));
	if (packet_send_fd(fd, &h, NULL, 0, NULL, 0, (int)up->wh_a))
		return (true);
	/* What cannot be passed on, such as another AF_UNIX cycle. */
	return (done(fd, errno == EBADF ? EBADF : EOPNOTSUPP, 0));
}

/* Without room for one more descriptor none comes with the packet. */
static bool
serve_putfd(int fd, int file)
{
	return (file == -1 ? done(fd, EMFILE, 0) : done(fd, 0, (uint64_t)file));
}

static bool
serve_upcall(int fd, const struct wire_header *up, const void *data,
    size_t len, int file)
{
	switch (up->wh_type) {
	case WIRE_COPYIN:
		return (serve_copyin(fd, up));
	case WIRE_COPYOUT:
		return (serve_copyout(fd, up, data, len));
	case WIRE_MAP:
		return (serve_map(fd, up));
	case WIRE_UNMAP:
		return (serve_unmap(fd, up));
	case WIRE_GETFD:
		return (serve_getfd(fd, up));
	case WIRE_PUTFD:
		return (serve_putfd(fd, file));
	default:
		return (false);
	}
}

/*
 * Waits for the answer to a request.  Its data go to `out', whose length must
 * be `outlen'.  Returns errno, or -1 if machd is gone.
 */
static int
await(int fd, uint64_t *resultp, void *out, size_t outlen)
{
	const struct wire_header interrupt = { WIRE_INTERRUPT, 0, 0, 0 };
	struct {
		struct wire_header h;
		char data[WIRE_CHUNK];
	} packet;
	size_t len;
	ssize_t n;
	int file;

	for (;;) {
		n = packet_recv(fd, &packet, sizeof(packet), &file);
		if (n == -1 && errno == EINTR) {
			(void)packet_send(fd, &interrupt, NULL, 0, NULL, 0);
			continue;
		}
		if (n == -1 && errno == EAGAIN)
			continue;
		if (n < (ssize_t)sizeof(packet.h))
			return (-1);
		len = (size_t)n - sizeof(packet.h);
		if (packet.h.wh_type != WIRE_REPLY) {
			if (!serve_upcall(fd, &packet.h, packet.data, len,
			    file))
				return (-1);
			continue;
		}
		if (len > outlen)
			return (-1);
		if (len != 0)
			memcpy(out, packet.data, len);
		*resultp = packet.h.wh_a;
		return (packet.h.wh_error);
	}
}

static int
move_high(int fd)
{
	int high;

	high = fcntl(fd, F_DUPFD_CLOEXEC, HIGH_DESCRIPTOR);
	if (high == -1)
		return (fd);
	close(fd);
	return (high);
}

static int
socket_open(const char *path)
{
	/* With a time limit set, no handler's SA_RESTART restarts recv(2). */
	const struct timeval day = { 86400, 0 };
	struct sockaddr_un sun;
	int fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(sun.sun_path))
		return (-1);
	strcpy(sun.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return (-1);
	fd = move_high(fd);
	while (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		if (errno != EINTR) {
			close(fd);
			return (-1);
		}
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &day, sizeof(day));
	return (fd);
}

static bool
say_hello(int fd, uint64_t ticket)
{
	struct wire_header h = { WIRE_HELLO, 0, WIRE_VERSION, ticket };
	uint64_t result;

	return (packet_send(fd, &h, (const void *)getauxval(AT_RANDOM),
	    WIRE_COOKIE, NULL, 0) && await(fd, &result, NULL, 0) == 0);
}

/* Tells the user once why nothing works. */
static void
complain(const char *path)
{
	static bool complained;

	if (__atomic_exchange_n(&complained, true, __ATOMIC_RELAXED))
		return;
	if (path == NULL)
		fprintf(stderr, "libmach: MACHD_SOCKET is not set; start "
		    "machd(8) and set it to machd's socket\n");
	else
		fprintf(stderr, "libmach: no machd answers at %s; start "
		    "machd(8), or correct MACHD_SOCKET\n", path);
}

static struct conn *
conn_open(uint64_t ticket)
{
	const char *path;
	struct stat st;
	struct conn *c;
	int fd;

	path = getenv("MACHD_SOCKET");
	fd = path != NULL ? socket_open(path) : -1;
	if (fd == -1) {
		complain(path);
		return (NULL);
	}
	c = malloc(sizeof(*c));
	if (c == NULL || !say_hello(fd, ticket) || fstat(fd, &st) == -1) {
		free(c);
		close(fd);
		return (NULL);
	}
	c->fd = fd;
	c->dev = st.st_dev;
	c->ino = st.st_ino;
	pthread_once(&conn_once, conn_setup);
	pthread_setspecific(conn_key, c);
	pthread_mutex_lock(&conns_lock);
	c->next = all_conns;
	all_conns = c;
	pthread_mutex_unlock(&conns_lock);
	my_conn = c;
	return (c);
}

/* The descriptor of the calling thread's connection, -1 if there is none. */
static int
conn_get(void)
{
	struct conn *c;

	c = my_conn;
	if (c == NULL)
		c = conn_open(0);
	return (c != NULL ? c->fd : -1);
}

/* A connection that does not work any more; the next trap makes another. */
static void
conn_lost(void)
{
	struct conn *c;

	c = my_conn;
	if (c == NULL)
		return;
	pthread_setspecific(conn_key, NULL);
	conn_free(c);
}

/*
 * One request and its answer; a descriptor goes with it if `file' is not -1.  A
 * request that could not even be sent, because the program has closed our
 * descriptor, is sent again on a new connection.
 */
static int
request_fd(const struct wire_header *what, const void *d1, size_t n1,
    const void *d2, size_t n2, uint64_t *resultp, void *out, size_t outlen,
    int file)
{
	struct wire_header h = *what;
	int error, fd, saved, tries;

	saved = errno;
	error = -1;
	h.wh_b = (uint64_t)getuid() << 32 | getgid();
	for (tries = 0; tries < 2; tries++) {
		fd = conn_get();
		if (fd == -1)
			break;
		if (packet_send_fd(fd, &h, d1, n1, d2, n2, file)) {
			error = await(fd, resultp, out, outlen);
			if (error == -1)
				conn_lost();
			break;
		}
		if (errno == EFAULT) {
			error = EFAULT;
			break;
		}
		conn_lost();
	}
	errno = saved;
	return (error);
}

static int
request(const struct wire_header *what, const void *d1, size_t n1,
    const void *d2, size_t n2, uint64_t *resultp, void *out, size_t outlen)
{
	return (request_fd(what, d1, n1, d2, n2, resultp, out, outlen, -1));
}

kern_return_t
mach_trap(int op, void *args, size_t size)
{
	struct wire_header h = { WIRE_TRAP, 0, (uint64_t)op, 0 };
	uint64_t result;
	int error;

	error = request(&h, args, size, NULL, 0, &result, args, size);
	if (error == EFAULT)
		return (KERN_INVALID_ADDRESS);
	return (error == 0 ? (kern_return_t)result : KERN_NOT_SUPPORTED);
}

mach_msg_return_t
mach_msg_trap(struct mach_msg_trap_args *args)
{
	struct wire_header h = { WIRE_MSG, 0, 0, 0 };
	size_t prefetch;
	uint64_t result;
	int error;

	prefetch = (args->option & MACH_SEND_MSG) != 0 ?
	    MACH_MSG_SEND_SIZE(args->sizes) : 0;
	if (prefetch > WIRE_PREFETCH)
		prefetch = WIRE_PREFETCH;
	error = request(&h, args, sizeof(*args),
	    (const void *)(uintptr_t)args->msg, prefetch, &result, NULL, 0);
	if (error == EFAULT)
		error = request(&h, args, sizeof(*args), NULL, 0, &result,
		    NULL, 0);
	if (error == 0)
		return ((mach_msg_return_t)result);
	return ((args->option & MACH_SEND_MSG) != 0 ? MACH_SEND_INVALID_DEST :
	    MACH_RCV_INVALID_NAME);
}

int
mach_sysctl(const char *name, uint64_t *value)
{
	struct wire_header h = { WIRE_SYSCTL, 0, 0, 0 };
	char full[WIRE_NAME_MAX];
	int error;

	snprintf(full, sizeof(full), "kern.mach.%s", name);
	error = request(&h, full, strlen(full) + 1, NULL, 0, value, NULL, 0);
	return (error == -1 ? ENXIO : error);
}

int
mach_sysctl_set(const char *name, uint64_t value)
{
	struct wire_header h = { WIRE_SYSCTL_SET, 0, value, 0 };
	char full[WIRE_NAME_MAX];
	uint64_t result;
	int error;

	snprintf(full, sizeof(full), "kern.mach.%s", name);
	error = request(&h, full, strlen(full) + 1, NULL, 0, &result, NULL, 0);
	return (error == -1 ? ENXIO : error);
}

/* Gets a ticket for the child that is about to be forked. */
static void
fork_announce(void)
{
	struct wire_header h = { WIRE_FORK, 0, 0, 0 };
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) == -1)
		return;
	fork_pipe = move_high(fds[1]);
	(void)request_fd(&h, NULL, 0, NULL, 0, &fork_ticket, NULL, 0, fds[0]);
	close(fds[0]);
}

static void
fork_over(void)
{
	if (fork_pipe != -1)
		close(fork_pipe);
	fork_pipe = -1;
	fork_ticket = 0;
	pthread_mutex_unlock(&fork_lock);
}

/* Announces the child before it exists, if this process uses Mach at all. */
void
mach_trap_atfork_prepare(void)
{
	int saved;

	saved = errno;
	pthread_mutex_lock(&fork_lock);
	if (my_conn != NULL)
		fork_announce();
	pthread_mutex_lock(&conns_lock);
	errno = saved;
}

void
mach_trap_atfork_parent(void)
{
	int saved;

	saved = errno;
	pthread_mutex_unlock(&conns_lock);
	fork_over();
	errno = saved;
}

void
mach_trap_atfork_child(void)
{
	struct conn *c;

	while ((c = all_conns) != NULL) {
		all_conns = c->next;
		if (conn_is_ours(c))
			close(c->fd);
		free(c);
	}
	pthread_mutex_unlock(&conns_lock);
	if (my_conn != NULL) {
		my_conn = NULL;
		pthread_setspecific(conn_key, NULL);
		(void)conn_open(fork_ticket);
	}
	fork_over();
}

/* The variable after `name' ("" for the first), and its value. */
int
mach_sysctl_next(char *name, size_t size, uint64_t *value)
{
	struct wire_header h = { WIRE_SYSCTL_NEXT, 0, 0, 0 };
	char next[WIRE_NAME_MAX];
	int error;

	error = request(&h, name, strlen(name) + 1, NULL, 0, value, next,
	    sizeof(next));
	if (error == 0)
		snprintf(name, size, "%s", next);
	return (error == -1 ? ENXIO : error);
}
