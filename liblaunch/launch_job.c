/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * What a job may say, and whether it can be run.
 */

#include <stdio.h>
#include <string.h>

#include "launch_data.h"
#include "launch_priv.h"

#define	T(type)		(1u << LAUNCH_DATA_##type)
#define	T_ANY		(~0u)

#define	NAME_MAX_SERVICE	127

/* Known keys and the types they may have. */
static const struct {
	const char	*name;
	unsigned int	types;
} keys[] = {
	{ LAUNCH_JOBKEY_LABEL, T(STRING) },
	{ LAUNCH_JOBKEY_DISABLED, T(BOOL) },
	{ LAUNCH_JOBKEY_PROGRAM, T(STRING) },
	{ LAUNCH_JOBKEY_PROGRAMARGUMENTS, T(ARRAY) },
	{ LAUNCH_JOBKEY_MACHSERVICES, T(DICTIONARY) },
	{ LAUNCH_JOBKEY_RUNATLOAD, T(BOOL) },
	{ LAUNCH_JOBKEY_KEEPALIVE, T(BOOL) | T(DICTIONARY) },
	{ LAUNCH_JOBKEY_ENVIRONMENTVARIABLES, T(DICTIONARY) },
	{ LAUNCH_JOBKEY_STANDARDINPATH, T(STRING) },
	{ LAUNCH_JOBKEY_STANDARDOUTPATH, T(STRING) },
	{ LAUNCH_JOBKEY_STANDARDERRORPATH, T(STRING) },
	{ LAUNCH_JOBKEY_WORKINGDIRECTORY, T(STRING) },
	{ LAUNCH_JOBKEY_USERNAME, T(STRING) },
	{ LAUNCH_JOBKEY_GROUPNAME, T(STRING) },
	{ LAUNCH_JOBKEY_UMASK, T(INTEGER) },
	{ LAUNCH_JOBKEY_THROTTLEINTERVAL, T(INTEGER) },
	{ LAUNCH_JOBKEY_EXITTIMEOUT, T(INTEGER) },
	/* Hints for a Darwin system, without a meaning here. */
	{ "EnablePressuredExit", T_ANY },
	{ "EnableTransactions", T_ANY },
	{ "LimitLoadToSessionType", T_ANY },
	{ "MinimalBootProfile", T_ANY },
	{ "POSIXSpawnType", T_ANY },
	{ "ProcessType", T_ANY },
	{ "PublishesEvents", T_ANY },
};

#define	NKEYS	(sizeof(keys) / sizeof(keys[0]))

static const char *
type_name(launch_data_type_t type)
{
	switch (type) {
	case LAUNCH_DATA_DICTIONARY:
		return ("a dictionary");
	case LAUNCH_DATA_ARRAY:
		return ("an array");
	case LAUNCH_DATA_INTEGER:
		return ("an integer");
	case LAUNCH_DATA_BOOL:
		return ("a boolean");
	case LAUNCH_DATA_STRING:
		return ("a string");
	default:
		return ("of a type no key has");
	}
}

struct check {
	char		*error;
	size_t		size;
	bool		ok;
	void		(*warn)(const char *, void *);
	void		*arg;
};

static void
check_key(const launch_data_t value, const char *key, void *arg)
{
	struct check *ck = arg;
	size_t i;

	if (!ck->ok)
		return;
	for (i = 0; i < NKEYS; i++) {
		if (strcmp(keys[i].name, key) == 0)
			break;
	}
	if (i == NKEYS) {
		if (ck->warn != NULL)
			ck->warn(key, ck->arg);
	} else if ((keys[i].types & 1u << value->type) == 0) {
		snprintf(ck->error, ck->size, "%s is %s", key,
		    type_name(value->type));
		ck->ok = false;
	}
}

/* A path and whether it is there. */
static void
check_path(const launch_data_t value, const char *path, void *arg)
{
	struct check *ck = arg;

	if (!ck->ok || (value->type == LAUNCH_DATA_BOOL && path[0] == '/'))
		return;
	snprintf(ck->error, ck->size, "%s: %s is no absolute path with a "
	    "boolean", LAUNCH_JOBKEY_KEEPALIVE_PATHSTATE, path);
	ck->ok = false;
}

/* A key of a dictionary inside of KeepAlive or of a service. */
static void
check_flag(const launch_data_t value, const char *key, void *arg)
{
	static const struct {
		const char *name;
		launch_data_type_t type;
	} known[] = {
		{ LAUNCH_JOBKEY_KEEPALIVE_SUCCESSFULEXIT, LAUNCH_DATA_BOOL },
		{ LAUNCH_JOBKEY_KEEPALIVE_CRASHED, LAUNCH_DATA_BOOL },
		{ LAUNCH_JOBKEY_KEEPALIVE_PATHSTATE, LAUNCH_DATA_DICTIONARY },
		{ LAUNCH_JOBKEY_MACH_RESETATCLOSE, LAUNCH_DATA_BOOL },
		{ LAUNCH_JOBKEY_MACH_HIDEUNTILCHECKIN, LAUNCH_DATA_BOOL },
	};
	struct check *ck = arg;
	size_t i;

	if (!ck->ok)
		return;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].name, key) == 0)
			break;
	}
	if (i == sizeof(known) / sizeof(known[0])) {
		if (ck->warn != NULL)
			ck->warn(key, ck->arg);
	} else if (value->type != known[i].type) {
		snprintf(ck->error, ck->size, "%s is %s", key,
		    type_name(value->type));
		ck->ok = false;
	} else if (known[i].type == LAUNCH_DATA_DICTIONARY) {
		launch_data_dict_iterate(value, check_path, ck);
	}
}

static void
check_service(const launch_data_t value, const char *name, void *arg)
{
	struct check *ck = arg;

	if (!ck->ok)
		return;
	if (name[0] == '\0' || strlen(name) > NAME_MAX_SERVICE) {
		snprintf(ck->error, ck->size, "%s: a name has 1 to %d "
		    "characters", LAUNCH_JOBKEY_MACHSERVICES,
		    NAME_MAX_SERVICE);
		ck->ok = false;
	} else if (value->type != LAUNCH_DATA_BOOL &&
	    value->type != LAUNCH_DATA_DICTIONARY) {
		snprintf(ck->error, ck->size, "%s: %s is %s",
		    LAUNCH_JOBKEY_MACHSERVICES, name, type_name(value->type));
		ck->ok = false;
	} else if (value->type == LAUNCH_DATA_DICTIONARY) {
		launch_data_dict_iterate(value, check_flag, ck);
	}
}

static void
check_variable(const launch_data_t value, const char *name, void *arg)
{
	struct check *ck = arg;

	if (!ck->ok || (value->type == LAUNCH_DATA_STRING && name[0] != '\0' &&
	    strchr(name, '=') == NULL))
		return;
	snprintf(ck->error, ck->size, "%s: %s cannot be a variable",
	    LAUNCH_JOBKEY_ENVIRONMENTVARIABLES, name);
	ck->ok = false;
}

static bool
check_program(const launch_data_t job, struct check *ck)
{
	launch_data_t args, arg;
	size_t i, n;

	args = launch_data_dict_lookup(job, LAUNCH_JOBKEY_PROGRAMARGUMENTS);
	n = launch_data_array_get_count(args);
	for (i = 0; i < n; i++) {
		arg = launch_data_array_get_index(args, i);
		if (arg->type != LAUNCH_DATA_STRING) {
			snprintf(ck->error, ck->size, "%s: element %zu is %s",
			    LAUNCH_JOBKEY_PROGRAMARGUMENTS, i,
			    type_name(arg->type));
			return (false);
		}
	}
	if (n != 0 ||
	    launch_data_dict_lookup(job, LAUNCH_JOBKEY_PROGRAM) != NULL)
		return (true);
	snprintf(ck->error, ck->size, "neither %s nor %s says what to run",
	    LAUNCH_JOBKEY_PROGRAM, LAUNCH_JOBKEY_PROGRAMARGUMENTS);
	return (false);
}

static bool
check_range(const launch_data_t job, const char *key, long long max,
    struct check *ck)
{
	launch_data_t value;

	value = launch_data_dict_lookup(job, key);
	if (value == NULL || (value->number >= 0 && value->number <= max))
		return (true);
	snprintf(ck->error, ck->size, "%s is not between 0 and %lld", key,
	    max);
	return (false);
}

bool
launch_job_check(const launch_data_t job, char *error, size_t size,
    void (*warn)(const char *, void *), void *arg)
{
	struct check ck = { error, size, true, warn, arg };
	launch_data_t conditions;
	const char *label;

	if (job->type != LAUNCH_DATA_DICTIONARY) {
		snprintf(error, size, "a job is a dictionary");
		return (false);
	}
	launch_data_dict_iterate(job, check_key, &ck);
	if (!ck.ok)
		return (false);
	label = launch_data_get_string(launch_data_dict_lookup(job,
	    LAUNCH_JOBKEY_LABEL));
	if (label == NULL || label[0] == '\0') {
		snprintf(error, size, "%s is missing", LAUNCH_JOBKEY_LABEL);
		return (false);
	}
	launch_data_dict_iterate(launch_data_dict_lookup(job,
	    LAUNCH_JOBKEY_MACHSERVICES), check_service, &ck);
	launch_data_dict_iterate(launch_data_dict_lookup(job,
	    LAUNCH_JOBKEY_ENVIRONMENTVARIABLES), check_variable, &ck);
	conditions = launch_data_dict_lookup(job, LAUNCH_JOBKEY_KEEPALIVE);
	if (conditions != NULL && conditions->type == LAUNCH_DATA_DICTIONARY)
		launch_data_dict_iterate(conditions, check_flag, &ck);
	return (ck.ok && check_program(job, &ck) &&
	    check_range(job, LAUNCH_JOBKEY_UMASK, 0777, &ck) &&
	    check_range(job, LAUNCH_JOBKEY_THROTTLEINTERVAL, 86400, &ck) &&
	    check_range(job, LAUNCH_JOBKEY_EXITTIMEOUT, 86400, &ck));
}
