/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * liblaunch: how programs talk to launchd over its socket.
 *
 * Messages are trees of launch_data_t: dictionaries and arrays of integers,
 * strings and so on.  What is put into a dictionary or an array belongs to it;
 * what is looked up there is borrowed.  launch_data_free() frees a whole tree.
 */

#ifndef _LAUNCH_H_
#define	_LAUNCH_H_

#include <sys/cdefs.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

typedef struct _launch_data *launch_data_t;

typedef enum {
	LAUNCH_DATA_DICTIONARY = 1,
	LAUNCH_DATA_ARRAY = 2,
	LAUNCH_DATA_FD = 3,
	LAUNCH_DATA_INTEGER = 4,
	LAUNCH_DATA_REAL = 5,
	LAUNCH_DATA_BOOL = 6,
	LAUNCH_DATA_STRING = 7,
	LAUNCH_DATA_OPAQUE = 8,
	LAUNCH_DATA_ERRNO = 9,
	LAUNCH_DATA_MACHPORT = 10
} launch_data_type_t;

/* The socket, unless the environment names another. */
#define	LAUNCHD_SOCKET_ENV		"LAUNCHD_SOCKET"
#define	LAUNCHD_SOCKET_DEFAULT		"/var/run/launchd.sock"

#define	LAUNCH_KEY_SUBMITJOB		"SubmitJob"
#define	LAUNCH_KEY_REMOVEJOB		"RemoveJob"
#define	LAUNCH_KEY_STARTJOB		"StartJob"
#define	LAUNCH_KEY_STOPJOB		"StopJob"
#define	LAUNCH_KEY_GETJOB		"GetJob"
#define	LAUNCH_KEY_GETJOBS		"GetJobs"
#define	LAUNCH_KEY_CHECKIN		"CheckIn"
#define	LAUNCH_KEY_SHUTDOWN		"Shutdown"

#define	LAUNCH_JOBKEY_LABEL		"Label"
#define	LAUNCH_JOBKEY_DISABLED		"Disabled"
#define	LAUNCH_JOBKEY_PROGRAM		"Program"
#define	LAUNCH_JOBKEY_PROGRAMARGUMENTS	"ProgramArguments"
#define	LAUNCH_JOBKEY_MACHSERVICES	"MachServices"
#define	LAUNCH_JOBKEY_RUNATLOAD		"RunAtLoad"
#define	LAUNCH_JOBKEY_KEEPALIVE		"KeepAlive"
#define	LAUNCH_JOBKEY_ENVIRONMENTVARIABLES "EnvironmentVariables"
#define	LAUNCH_JOBKEY_STANDARDINPATH	"StandardInPath"
#define	LAUNCH_JOBKEY_STANDARDOUTPATH	"StandardOutPath"
#define	LAUNCH_JOBKEY_STANDARDERRORPATH	"StandardErrorPath"
#define	LAUNCH_JOBKEY_WORKINGDIRECTORY	"WorkingDirectory"
#define	LAUNCH_JOBKEY_USERNAME		"UserName"
#define	LAUNCH_JOBKEY_GROUPNAME		"GroupName"
#define	LAUNCH_JOBKEY_UMASK		"Umask"
#define	LAUNCH_JOBKEY_THROTTLEINTERVAL	"ThrottleInterval"
#define	LAUNCH_JOBKEY_EXITTIMEOUT	"ExitTimeOut"
#define	LAUNCH_JOBKEY_PID		"PID"
#define	LAUNCH_JOBKEY_LASTEXITSTATUS	"LastExitStatus"
#define	LAUNCH_JOBKEY_KEEPALIVE_SUCCESSFULEXIT "SuccessfulExit"
#define	LAUNCH_JOBKEY_KEEPALIVE_CRASHED	"Crashed"
#define	LAUNCH_JOBKEY_KEEPALIVE_PATHSTATE "PathState"
#define	LAUNCH_JOBKEY_MACH_RESETATCLOSE	"ResetAtClose"
#define	LAUNCH_JOBKEY_MACH_HIDEUNTILCHECKIN "HideUntilCheckIn"

__BEGIN_DECLS
/* NULL for want of memory, errno set; free with launch_data_free(). */
launch_data_t launch_data_alloc(launch_data_type_t);
launch_data_t launch_data_copy(launch_data_t);
launch_data_t launch_data_new_integer(long long);
launch_data_t launch_data_new_bool(bool);
launch_data_t launch_data_new_real(double);
launch_data_t launch_data_new_string(const char *);
launch_data_t launch_data_new_opaque(const void *, size_t);
launch_data_t launch_data_new_errno(int);
void	launch_data_free(launch_data_t);

/* Of another type than asked for: 0, false or NULL. */
launch_data_type_t launch_data_get_type(const launch_data_t);
long long launch_data_get_integer(const launch_data_t);
bool	launch_data_get_bool(const launch_data_t);
double	launch_data_get_real(const launch_data_t);
const char *launch_data_get_string(const launch_data_t);
void	*launch_data_get_opaque(const launch_data_t);
size_t	launch_data_get_opaque_size(const launch_data_t);
int	launch_data_get_errno(const launch_data_t);

/* The array takes the value over; false, and it does not, without memory. */
bool	launch_data_array_set_index(launch_data_t, const launch_data_t,
	    size_t);
launch_data_t launch_data_array_get_index(const launch_data_t, size_t);
size_t	launch_data_array_get_count(const launch_data_t);

bool	launch_data_dict_insert(launch_data_t, const launch_data_t,
	    const char *);
launch_data_t launch_data_dict_lookup(const launch_data_t, const char *);
bool	launch_data_dict_remove(launch_data_t, const char *);
size_t	launch_data_dict_get_count(const launch_data_t);
void	launch_data_dict_iterate(const launch_data_t,
	    void (*)(const launch_data_t, const char *, void *), void *);

/*
 * Sends a request to launchd and returns its answer, which the caller frees;
 * NULL with errno set if that failed: ENOENT or ECONNREFUSED if there is no
 * launchd, EPROTO if it talks nonsense.
 */
launch_data_t launch_msg(const launch_data_t);
__END_DECLS

#endif /* !_LAUNCH_H_ */
