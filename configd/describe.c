/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Values as people read them.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "describe.h"
#include "strset.h"
#include "value.h"

/* Seconds from 1970 to 2001, where property lists begin to count. */
#define	PLIST_EPOCH	978307200

static void	describe_node(FILE *, plist_t, int);

static void
describe_number(FILE *fp, plist_t node)
{
	uint64_t number;

	plist_get_uint_val(node, &number);
	fprintf(fp, "%" PRId64, (int64_t)number);
}

/* As few digits as give the same number back. */
static void
describe_real(FILE *fp, plist_t node)
{
	char text[64];
	double number;
	int digits;

	plist_get_real_val(node, &number);
	for (digits = 6; digits < 18; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, number);
		if (strtod(text, NULL) == number)
			break;
	}
	fputs(text, fp);
}

static void
describe_data(FILE *fp, plist_t node)
{
	const char *data;
	uint64_t i, size;

	size = 0;
	data = plist_get_data_ptr(node, &size);
	fputs("<data> 0x", fp);
	for (i = 0; i < size; i++)
		fprintf(fp, "%02x", (unsigned char)data[i]);
}

static void
describe_date(FILE *fp, plist_t node)
{
	char text[64];
	int32_t seconds, microseconds;
	struct tm tm;
	time_t time;

	plist_get_date_val(node, &seconds, &microseconds);
	time = (time_t)seconds + PLIST_EPOCH;
	if (localtime_r(&time, &tm) == NULL ||
	    strftime(text, sizeof(text), "%m/%d/%Y %H:%M:%S", &tm) == 0)
		return;
	fputs(text, fp);
}

static void
describe_array(FILE *fp, plist_t node, int indent)
{
	uint32_t count, i;

	count = plist_array_get_size(node);
	fputs("<array> {\n", fp);
	for (i = 0; i < count; i++) {
		fprintf(fp, "%*s%" PRIu32 " : ", indent + 2, "", i);
		describe_node(fp, plist_array_get_item(node, i), indent + 2);
		fputc('\n', fp);
	}
	fprintf(fp, "%*s}", indent, "");
}

static void
describe_dict(FILE *fp, plist_t node, int indent)
{
	struct strset keys = STRSET_INITIALIZER;
	size_t i;

	fputs("<dictionary> {\n", fp);
	(void)value_keys(node, &keys);
	for (i = 0; i < keys.count; i++) {
		fprintf(fp, "%*s%s : ", indent + 2, "", keys.items[i]);
		describe_node(fp, value_member(node, keys.items[i]),
		    indent + 2);
		fputc('\n', fp);
	}
	strset_clear(&keys);
	fprintf(fp, "%*s}", indent, "");
}

static void
describe_node(FILE *fp, plist_t node, int indent)
{
	uint8_t flag;

	switch (plist_get_node_type(node)) {
	case PLIST_BOOLEAN:
		plist_get_bool_val(node, &flag);
		fputs(flag != 0 ? "TRUE" : "FALSE", fp);
		break;
	case PLIST_UINT:
		describe_number(fp, node);
		break;
	case PLIST_REAL:
		describe_real(fp, node);
		break;
	case PLIST_STRING:
		fputs(value_string(node), fp);
		break;
	case PLIST_DATA:
		describe_data(fp, node);
		break;
	case PLIST_DATE:
		describe_date(fp, node);
		break;
	case PLIST_ARRAY:
		describe_array(fp, node, indent);
		break;
	case PLIST_DICT:
		describe_dict(fp, node, indent);
		break;
	default:
		fputs("<unknown>", fp);
		break;
	}
}

void
describe(FILE *fp, plist_t value)
{

	describe_node(fp, value, 0);
}
