/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * netconfigd - the dynamic store server.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "config_types.h"
#include "events.h"
#include "log.h"
#include "netif.h"
#include "server.h"
#include "setup.h"

static void
usage(void)
{

	fprintf(stderr, "usage: netconfigd [-d]\n");
	exit(EX_USAGE);
}

static const char *
service_name(void)
{
	const char *name;

	name = getenv(CONFIG_SERVICE_ENV);
	return (name != NULL && name[0] != '\0' ? name : CONFIG_SERVICE_NAME);
}

int
main(int argc, char **argv)
{
	struct server server;
	struct store *store;
	bool foreground;
	int error, option;

	foreground = false;
	while ((option = getopt(argc, argv, "d")) != -1) {
		if (option != 'd')
			usage();
		foreground = true;
	}
	if (optind != argc)
		usage();
	log_init(foreground);
	events_block_signals();
	store = store_new();
	if (store == NULL) {
		log_error("out of memory");
		return (EX_OSERR);
	}
	if (server_init(&server, store, service_name()) != 0)
		return (EX_UNAVAILABLE);
	error = events_start(server.events);
	if (error != 0) {
		log_error("cannot start a thread: %s", strerror(error));
		return (EX_OSERR);
	}
	setup_publish(store);
	netif_publish(store);
	store_push(store);
	error = server_run(&server);
	server_fini(&server);
	store_free(store);
	return (error == 0 ? EX_OK : EX_SOFTWARE);
}
