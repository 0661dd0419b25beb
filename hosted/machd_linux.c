/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What only Linux can say about a process.
 */

#include "machd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
peer_set(struct peer *peer, const void *data)
{
	struct linux_ucred cred;

	memcpy(&cred, data, sizeof(cred));
	peer->pr_pid = cred.pid;
	peer->pr_uid = cred.uid;
	peer->pr_gid = cred.gid;
}

/*
 * Receives a packet with the credentials of its sender, which the kernel has
 * checked: a process can only present ids it could assume, and only its own
 * pid.  *filep is a descriptor that came with it, or -1.  Returns the packet's
 * length, 0 at the end, -1 on error.
 */
ssize_t
peer_recv(int fd, void *buf, size_t size, struct peer *peer, int *filep)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(struct linux_ucred)) +
		    CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov;
	struct msghdr msg;
	struct cmsghdr *c;
	bool known;
	ssize_t n;

	*filep = -1;
	iov.iov_base = buf;
	iov.iov_len = size;
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = &control;
	msg.msg_controllen = sizeof(control);
	do {
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	if (n <= 0)
		return (n);
	known = false;
	for (c = CMSG_FIRSTHDR(&msg); c != NULL; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_CREDENTIALS) {
			peer_set(peer, CMSG_DATA(c));
			known = true;
		} else if (c->cmsg_type == SCM_RIGHTS) {
			memcpy(filep, CMSG_DATA(c), sizeof(*filep));
		}
	}
	if (known && (msg.msg_flags & MSG_TRUNC) == 0)
		return (n);
	if (*filep != -1)
		close(*filep);
	errno = EBADMSG;
	return (-1);
}

/* Who has connected; nobody's number if it cannot be told. */
uid_t
peer_uid(int fd)
{
	struct linux_ucred cred;
	socklen_t len;

	len = sizeof(cred);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return ((uid_t)-1);
	return (cred.uid);
}

/* A descriptor that becomes readable when the process ends, or -1. */
int
process_open(pid_t pid)
{
	return ((int)syscall(SYS_pidfd_open, pid, 0));
}

/* Signals the process behind such a descriptor, and no other. */
int
process_signal(int pidfd, int sig)
{
	return ((int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0));
}

/* Whether a descriptor is a pipe's, which is closed without waiting. */
bool
is_pipe(int fd)
{
	struct stat st;

	return (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode));
}

/* Reads a small file of /proc; returns its length, 0 if there is none. */
static size_t
read_proc(pid_t pid, const char *name, char *buf, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return (0);
	n = read(fd, buf, size - 1);
	close(fd);
	if (n < 0)
		n = 0;
	buf[n] = '\0';
	return ((size_t)n);
}

/* The parent of a process, 0 if it cannot be told. */
pid_t
process_parent(pid_t pid)
{
	char buf[1024], *p;
	int parent;

	if (read_proc(pid, "stat", buf, sizeof(buf)) == 0)
		return (0);
	/* The name in parentheses may hold anything, parentheses included. */
	p = strrchr(buf, ')');
	if (p == NULL || sscanf(p + 1, " %*c %d", &parent) != 1)
		return (0);
	return (parent);
}

void
process_real_ids(pid_t pid, uid_t *uid, gid_t *gid)
{
	char buf[4096], *p;

	if (read_proc(pid, "status", buf, sizeof(buf)) == 0)
		return;
	p = strstr(buf, "\nUid:");
	if (p != NULL)
		(void)sscanf(p, "\nUid: %u", uid);
	p = strstr(buf, "\nGid:");
	if (p != NULL)
		(void)sscanf(p, "\nGid: %u", gid);
}

/*
 * A number that stands for the program a process runs: where its auxiliary
 * vector says that the kernel has put things.  False if it cannot be told.
 */
bool
process_image(pid_t pid, uint64_t *imagep)
{
	char buf[1024];
	uint64_t hash;
	size_t i, n;

	n = read_proc(pid, "auxv", buf, sizeof(buf));
	if (n == 0)
		return (false);
	hash = 14695981039346656037u;
	for (i = 0; i < n; i++)
		hash = (hash ^ (uint8_t)buf[i]) * 1099511628211u;
	*imagep = hash;
	return (true);
}
