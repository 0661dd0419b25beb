/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * The kernel in this program against the model; see driver.c.  MODEL_SEED and
 * MODEL_OPS change where it starts and how long it goes on.
 */

#include <atf-c.h>

#include "driver.h"

ATF_TC_WITHOUT_HEAD(kernel_does_as_the_model);
ATF_TC_BODY(kernel_does_as_the_model, tc)
{
	ATF_CHECK_MSG(driver_run(driver_setting("MODEL_SEED", 1),
	    (long)driver_setting("MODEL_OPS", 10000)),
	    "the kernel and the model differ");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, kernel_does_as_the_model);
	return (atf_no_error());
}
