#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# places.sh file.c: the numbers of the lines of stubs that refuse a message, as
# the elements of an array in C.

codes='TYPE_ERROR|REPLY_MISMATCH|BAD_ARGUMENTS|ARRAY_TOO_LARGE'
codes="$codes|SERVER_DIED|TRAILER_ERROR"
awk "/MIG_($codes)/ { print NR \",\" }" "$1"
