/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The messages of the dynamic store's protocol, subsystem 20000, written by
 * hand from what is known of Darwin's, to test the stubs mig makes and to send
 * what no stub would.
 *
 * Every key, value and list is an out-of-line region, whose descriptor's size
 * is repeated as a count after the NDR record.  In a request the region is
 * copied and stays the sender's; in a reply it was made with vm_allocate() and
 * is the receiver's.  A string is UTF-8 without a NUL; values and lists are
 * binary property lists.  Absent optional data is a region of no bytes at NULL.
 *
 * Requests fall into a few shapes, which is why there are fewer structures
 * than routines.  The reply to message n is n + 100.
 */

#ifndef _WIRE_H_
#define	_WIRE_H_

#include <mach/mach.h>
#include <mach/mig_errors.h>
#include <mach/ndr.h>

enum config_msgid {
	CONFIG_BASE		= 20000,
	CONFIG_OPEN		= 20000,	/* data2 -> port */
	CONFIG_LIST		= 20008,	/* data_int -> data */
	CONFIG_ADD		= 20009,	/* data2 -> int */
	CONFIG_GET		= 20010,	/* data -> data_int */
	CONFIG_SET		= 20011,	/* data2_int -> int */
	CONFIG_REMOVE		= 20012,	/* data -> status */
	CONFIG_ADD_SESSION	= 20014,	/* data2 -> int */
	CONFIG_NOTIFY		= 20015,	/* data -> status */
	CONFIG_GET_MANY		= 20016,	/* data2 -> data */
	CONFIG_SET_MANY		= 20017,	/* data3 -> status */
	CONFIG_WATCH		= 20018,	/* data_int -> status */
	CONFIG_UNWATCH		= 20019,	/* data_int -> status */
	CONFIG_CHANGES		= 20020,	/* empty -> data */
	CONFIG_VIA_PORT		= 20021,	/* port_int -> status */
	CONFIG_VIA_SIGNAL	= 20023,	/* port_int -> status */
	CONFIG_CANCEL		= 20024,	/* empty -> status */
	CONFIG_WATCH_ALL	= 20025,	/* data2 -> status */
	CONFIG_VIA_FD		= 20026,	/* port_int -> status */
	CONFIG_SNAPSHOT		= 20029,	/* empty -> status */
	CONFIG_END		= 20030
};

#define	CONFIG_REPLY_OFFSET	100

#pragma pack(push, 4)

/* Requests. */

struct config_data {
	mach_msg_header_t	 head;
	mach_msg_body_t		 body;
	mach_msg_ool_descriptor_t data[1];
	NDR_record_t		 ndr;
	mach_msg_type_number_t	 count[1];
};

struct config_data_int {
	mach_msg_header_t	 head;
	mach_msg_body_t		 body;
	mach_msg_ool_descriptor_t data[1];
	NDR_record_t		 ndr;
	mach_msg_type_number_t	 count[1];
	int32_t			 value;		/* is the pattern a regex? */
};

struct config_data2 {
	mach_msg_header_t	 head;
	mach_msg_body_t		 body;
	mach_msg_ool_descriptor_t data[2];
	NDR_record_t		 ndr;
	mach_msg_type_number_t	 count[2];
};

struct config_data2_int {
	mach_msg_header_t	 head;
	mach_msg_body_t		 body;
	mach_msg_ool_descriptor_t data[2];
	NDR_record_t		 ndr;
	mach_msg_type_number_t	 count[2];
	int32_t			 value;		/* instance; ignored */
};

struct config_data3 {
	mach_msg_header_t	 head;
	mach_msg_body_t		 body;
	mach_msg_ool_descriptor_t data[3];
	NDR_record_t		 ndr;
	mach_msg_type_number_t	 count[3];
};

struct config_port_int {
	mach_msg_header_t	 head;
	mach_msg_body_t		 body;
	mach_msg_port_descriptor_t port;
	NDR_record_t		 ndr;
	int32_t			 value;		/* identifier or signal */
};

struct config_empty {
	mach_msg_header_t	 head;
};

/* Replies. */

struct config_reply_status {
	mach_msg_header_t	 head;
	NDR_record_t		 ndr;
	kern_return_t		 retcode;
	int32_t			 status;
};

struct config_reply_int {
	mach_msg_header_t	 head;
	NDR_record_t		 ndr;
	kern_return_t		 retcode;
	int32_t			 value;		/* instance, always 0 */
	int32_t			 status;
};

struct config_reply_data {
	mach_msg_header_t	 head;
	mach_msg_body_t		 body;
	mach_msg_ool_descriptor_t data;
	NDR_record_t		 ndr;
	mach_msg_type_number_t	 count;
	int32_t			 status;
};

struct config_reply_data_int {
	mach_msg_header_t	 head;
	mach_msg_body_t		 body;
	mach_msg_ool_descriptor_t data;
	NDR_record_t		 ndr;
	mach_msg_type_number_t	 count;
	int32_t			 value;		/* instance, always 0 */
	int32_t			 status;
};

struct config_reply_port {
	mach_msg_header_t	 head;
	mach_msg_body_t		 body;
	mach_msg_port_descriptor_t port;
	NDR_record_t		 ndr;
	int32_t			 status;
};

#pragma pack(pop)

union config_request {
	mach_msg_header_t	 head;
	struct config_empty	 empty;
	struct config_data	 data;
	struct config_data_int	 data_int;
	struct config_data2	 data2;
	struct config_data2_int	 data2_int;
	struct config_data3	 data3;
	struct config_port_int	 port_int;
};

union config_reply {
	mach_msg_header_t	 head;
	mig_reply_error_t	 error;
	struct config_reply_status status;
	struct config_reply_int	 number;
	struct config_reply_data data;
	struct config_reply_data_int data_int;
	struct config_reply_port port;
};

_Static_assert(sizeof(struct config_empty) == 24, "empty request");
_Static_assert(sizeof(struct config_data) == 56, "data request");
_Static_assert(sizeof(struct config_data_int) == 60, "data, int request");
_Static_assert(sizeof(struct config_data2) == 76, "two data request");
_Static_assert(sizeof(struct config_data2_int) == 80, "two data, int request");
_Static_assert(sizeof(struct config_data3) == 96, "three data request");
_Static_assert(sizeof(struct config_port_int) == 52, "port, int request");
_Static_assert(sizeof(struct config_reply_status) == 40, "status reply");
_Static_assert(sizeof(struct config_reply_int) == 44, "int reply");
_Static_assert(sizeof(struct config_reply_data) == 60, "data reply");
_Static_assert(sizeof(struct config_reply_data_int) == 64, "data, int reply");
_Static_assert(sizeof(struct config_reply_port) == 52, "port reply");
_Static_assert(sizeof(mig_reply_error_t) == 36, "error reply");

#endif /* !_WIRE_H_ */
