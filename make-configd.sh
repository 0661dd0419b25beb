#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# make-configd.sh [--sysroot directory [--arch amd64|aarch64]] [--install]
#
# Builds libmach, netconfigd and scutil for this system, and installs them into
# DESTDIR if that is set, or with --install into the system itself, below PREFIX
# or /usr/local.
#
# With --sysroot they are built for FreeBSD from Linux; the directory is the
# root of a FreeBSD system of that architecture with libplist and libevent.

set -eu
top=$(cd "$(dirname "$0")" && pwd)
. "$top/setup.subr"
. "$top/userland.subr"

userland "mach mach_static machstat netconfigd scutil" \
    "libmach configd" "$@"
