/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * launchd: the parts and what they share.
 *
 *	launchd.c	start, one event loop, stop
 *	pid1.c		the same as init: the states of the machine
 *	pid1_boot.c	what is done at boot and at shutdown
 *	pid1_freebsd.c, pid1_linux.c	what an init asks of its kernel
 *	load.c		jobs from files
 *	job.c		jobs: what they are, and when they run
 *	spawn.c		how one is started
 *	service.c	Mach services: who holds the receive right
 *	bootstrap.c	requests over Mach
 *	ports.c		waiting for messages in an event loop
 *	control.c	requests over the socket
 *	log.c		what happened
 *
 * One thread does everything.
 */

#ifndef _LAUNCHD_H_
#define	_LAUNCHD_H_

#include <sys/queue.h>
#include <sys/types.h>

#include <stdbool.h>
#include <time.h>

#include <event2/event.h>

#include <launch.h>
#include <mach/mach.h>

struct service;

#define	DEFAULT_THROTTLE	10	/* seconds */
#define	DEFAULT_EXIT_TIMEOUT	20	/* seconds */

/* Ends of a job after which it is started again; a set of these. */
enum keepalive {
	KEEPALIVE_NO = 0,
	KEEPALIVE_ON_SUCCESS = 0x1,	/* SuccessfulExit true */
	KEEPALIVE_ON_FAILURE = 0x2,	/* SuccessfulExit false */
	KEEPALIVE_ON_CRASH = 0x4,	/* Crashed true */
	KEEPALIVE_ON_NO_CRASH = 0x8,	/* Crashed false */
	KEEPALIVE_YES = 0xf
};

struct job {
	LIST_ENTRY(job)	j_link;
	LIST_HEAD(, service) j_services;
	launch_data_t	j_dict;		/* as loaded */
	const char	*j_label;	/* in j_dict */
	unsigned int	j_keepalive;	/* enum keepalive */
	unsigned int	j_throttle;	/* seconds */
	unsigned int	j_exit_timeout;	/* seconds, 0: wait for ever */
	pid_t		j_pid;		/* 0: not running */
	struct timespec	j_started;	/* monotonic */
	bool		j_ran;		/* has run: j_started is set */
	int		j_status;	/* of wait(2) */
	bool		j_stopping;	/* asked to end */
	bool		j_removing;	/* goes away when it has ended */
	bool		j_wanted;	/* starts when its interval is over */
	struct event	*j_timer;	/* throttle, or time to kill */
	struct event	*j_spawn;	/* what the child says before exec */
};

extern struct event_base *base;

/* launchd.c */
void	event_loop_init(void);
void	catch_signal(int, event_callback_fn);
bool	mach_start(void);
void	mach_lost(const char *, ...) __attribute__((__format__(__printf__, 1,
	    2)));
extern bool mach_up;		/* there are services */

/* pid1.c */
void	pid1_main(int, char **) __attribute__((__noreturn__));
int	pid1_order(const char *);

/* load.c */
void	load_path(const char *, bool);

/* job.c */
struct job *job_load(launch_data_t, char *, size_t);
struct job *job_find(const char *);
struct job *job_of_process(pid_t);
void	job_start(struct job *);
void	job_stop(struct job *);
void	job_remove(struct job *);
void	job_reap(pid_t, int);
launch_data_t job_describe(struct job *);
void	jobs_iterate(void (*)(struct job *, void *), void *);
bool	jobs_stop(void);
void	jobs_hold(void);
void	jobs_resume(void);
void	jobs_accept(void);
bool	jobs_accepted(void);
void	jobs_make_services(void);

/* spawn.c */
pid_t	job_spawn(struct job *);
pid_t	fork_quietly(void);
void	reset_signals(void);
void	job_spawn_done(struct job *);

/* service.c */
struct service {
	LIST_ENTRY(service) s_link;	/* all */
	LIST_ENTRY(service) s_jlink;	/* of a job */
	struct job	*s_job;		/* NULL: no job of ours */
	char		s_name[128];
	mach_port_t	s_port;		/* send right, receive unless active */
	bool		s_active;	/* the receive right is away */
	bool		s_registered;	/* we never had it */
	bool		s_dynamic;	/* goes away with its server */
	bool		s_reset;	/* ResetAtClose */
	bool		s_hide;		/* HideUntilCheckIn */
};

struct service *service_find(const char *);
struct service *service_find_port(mach_port_t);
struct service *service_new(struct job *, const char *);
struct service *service_register(struct job *, const char *, mach_port_t);
void	service_delete(struct service *);
bool	services_of_job(struct job *, char *, size_t);
kern_return_t service_give(struct service *);
void	service_given_back(mach_port_t);
void	service_watch(struct service *);
void	service_dead(mach_port_t);
void	services_job_ended(struct job *);
void	services_unwatch(struct job *);

/* bootstrap.c */
bool	bootstrap_init(void);
void	bootstrap_ready(void);
extern mach_port_t job_port;	/* everyone's bootstrap port */
extern mach_port_t notify_port;	/* notifications to launchd */

/* notify.c */
bool	notify_ready(void);

/* ports.c */
bool	ports_init(void (*)(mach_port_t));
void	ports_fini(void);
void	ports_watch(mach_port_t);
void	ports_unwatch(mach_port_t);
bool	port_receive(mach_port_t, mach_msg_header_t *, mach_msg_size_t);

/* control.c */
bool	control_init(const char *);
void	control_fini(void);

/* log.c */
void	log_init(bool);
void	log_to_console(const char *, void (*)(void));
void	log_console_verbose(bool);
void	log_crash(int);
void	log_notice(const char *, ...) __attribute__((__format__(__printf__,
	    1, 2)));
void	log_info(const char *, ...) __attribute__((__format__(__printf__, 1,
	    2)));
void	log_warn(const char *, ...) __attribute__((__format__(__printf__, 1,
	    2)));
void	fatal(const char *, ...) __attribute__((__noreturn__,
	    __format__(__printf__, 1, 2)));

#endif /* !_LAUNCHD_H_ */
