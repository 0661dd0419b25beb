/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Where everything is in the messages of language.defs, and how long those of
 * Darwin's interfaces are: written down, so that no change of mig moves them.
 */

#include <atf-c.h>
#include <stddef.h>

#include "configServer.h"
#include "jobServer.h"
#include "languageServer.h"
#include "notifyServer.h"

#define	AT(offset, type, field)						\
	ATF_CHECK_EQ_MSG(offset, offsetof(type, field),			\
	    #type "." #field " is at %zu", offsetof(type, field))
#define	SIZE(size, type)						\
	ATF_CHECK_EQ_MSG(size, sizeof(type), #type " has %zu bytes",	\
	    sizeof(type))

/* A request and its reply. */
#define	REQUEST(size, name)	SIZE(size, __Request__##name##_t)
#define	REPLY(size, name)	SIZE(size, __Reply__##name##_t)
#define	IN(offset, name, field)	AT(offset, __Request__##name##_t, field)
#define	OUT(offset, name, field) AT(offset, __Reply__##name##_t, field)

ATF_TC_WITHOUT_HEAD(words);
ATF_TC_BODY(words, tc)
{
	/* The NDR record after the header, then words, shorter ones padded. */
	REQUEST(52, numbers);
	IN(24, numbers, NDR);
	IN(32, numbers, small);
	IN(36, numbers, number);
	IN(40, numbers, wide);
	IN(48, numbers, both);
	REPLY(48, numbers);
	OUT(24, numbers, NDR);
	OUT(32, numbers, RetCode);
	OUT(36, numbers, both);
	OUT(40, numbers, sum);
	REQUEST(36, tell);
	IN(32, tell, number);
	/* Nothing to say: no record either. */
	REQUEST(24, nothing);
	REPLY(36, nothing);
	REQUEST(36, elsewhere);
	IN(32, elsewhere, number);
	REPLY(40, elsewhere);
	/* Tokens are in no message. */
	REQUEST(24, tokens);
	REPLY(36, tokens);
	REQUEST(36, tell_soon);
	REQUEST(36, later);
	REPLY(40, later);
	OUT(36, later, number_out);
	REQUEST(36, translated);
	REPLY(40, translated);
	REQUEST(40, outcome);
	IN(32, outcome, code);
	IN(36, outcome, number);
	/* The reply port of one way is in the header too. */
	REQUEST(36, call_back);
	IN(32, call_back, number);
}

ATF_TC_WITHOUT_HEAD(fixed_arrays);
ATF_TC_BODY(fixed_arrays, tc)
{
	REQUEST(72, fixed);
	IN(32, fixed, triple);
	IN(44, fixed, seven);
	IN(52, fixed, five);
	REPLY(76, fixed);
	OUT(36, fixed, triple_out);
	OUT(48, fixed, seven_out);
	OUT(56, fixed, five_out);
}

/* Counts precede their arrays; an array is as long as it may get. */
ATF_TC_WITHOUT_HEAD(variable_arrays);
ATF_TC_BODY(variable_arrays, tc)
{
	REQUEST(148, bounded);
	IN(32, bounded, intsCnt);
	IN(36, bounded, ints);
	IN(76, bounded, bytesCnt);
	IN(80, bounded, bytes);
	IN(144, bounded, after);
	REPLY(152, bounded);
	OUT(36, bounded, ints_outCnt);
	OUT(40, bounded, ints_out);
	OUT(80, bounded, bytes_outCnt);
	OUT(84, bounded, bytes_out);
	OUT(148, bounded, after_out);
	/* How much room the caller has is all that is asked. */
	REQUEST(36, counted);
	IN(32, counted, ints_outCnt);
	REPLY(80, counted);
	/* One count for two. */
	REQUEST(116, paired);
	IN(32, paired, leftCnt);
	IN(36, paired, left);
	IN(76, paired, right);
	REPLY(44, paired);
	REQUEST(84, wide);
	IN(32, wide, wideCnt);
	IN(36, wide, wide);
	REPLY(88, wide);
}

ATF_TC_WITHOUT_HEAD(strings);
ATF_TC_BODY(strings, tc)
{
	REQUEST(264, strings);
	IN(32, strings, word);
	IN(52, strings, textOffset);
	IN(56, strings, textCnt);
	IN(60, strings, text);
	IN(260, strings, after);
	REPLY(268, strings);
	OUT(36, strings, word_out);
	OUT(56, strings, text_outOffset);
	OUT(60, strings, text_outCnt);
	OUT(64, strings, text_out);
	OUT(264, strings, after_out);
}

/* Descriptors come first, the counts of what they describe after the record. */
ATF_TC_WITHOUT_HEAD(descriptors);
ATF_TC_BODY(descriptors, tc)
{
	REQUEST(56, memory);
	IN(24, memory, msgh_body);
	IN(28, memory, ints);
	IN(44, memory, NDR);
	IN(52, memory, intsCnt);
	REPLY(56, memory);
	OUT(28, memory, ints_out);
	OUT(52, memory, ints_outCnt);
	REQUEST(56, memory_given);
	REPLY(44, memory_given);
	REQUEST(72, memory_sized);
	IN(28, memory_sized, page);
	IN(44, memory_sized, ints);
	IN(60, memory_sized, NDR);
	IN(68, memory_sized, intsCnt);
	REQUEST(56, borrowed);
	/* Rights alone need no record, nor a code beside them. */
	REQUEST(88, rights);
	IN(28, rights, copied);
	IN(40, rights, made);
	IN(52, rights, moved);
	IN(64, rights, once);
	IN(76, rights, received);
	REPLY(76, rights);
	OUT(28, rights, copied_out);
	OUT(64, rights, received_out);
	REQUEST(56, right_arrays);
	IN(28, right_arrays, ports);
	IN(44, right_arrays, NDR);
	IN(52, right_arrays, portsCnt);
	REPLY(56, right_arrays);
	REQUEST(76, few_rights);
	IN(28, few_rights, few);
	IN(64, few_rights, NDR);
	IN(72, few_rights, fewCnt);
	REPLY(76, few_rights);
	REQUEST(40, polymorph);
	REPLY(52, polymorph);
	OUT(28, polymorph, port_out);
	OUT(40, polymorph, NDR);
	OUT(48, polymorph, kind);
}

/* The lengths of the dynamic store's protocol, as Darwin has them. */
ATF_TC_WITHOUT_HEAD(config);
ATF_TC_BODY(config, tc)
{
	REQUEST(76, configopen);
	REPLY(52, configopen);
	REQUEST(60, configlist);
	REPLY(60, configlist);
	REQUEST(76, configadd);
	REPLY(44, configadd);
	REQUEST(56, configget);
	REPLY(64, configget);
	REQUEST(80, configset);
	REPLY(44, configset);
	REQUEST(56, configremove);
	REPLY(40, configremove);
	REQUEST(76, configadd_s);
	REPLY(44, configadd_s);
	REQUEST(56, confignotify);
	REPLY(40, confignotify);
	REQUEST(76, configget_m);
	REPLY(60, configget_m);
	REQUEST(96, configset_m);
	REPLY(40, configset_m);
	REQUEST(60, notifyadd);
	REPLY(40, notifyadd);
	REQUEST(60, notifyremove);
	REPLY(40, notifyremove);
	REQUEST(24, notifychanges);
	REPLY(60, notifychanges);
	REQUEST(52, notifyviaport);
	REPLY(40, notifyviaport);
	REQUEST(52, notifyviasignal);
	REPLY(40, notifyviasignal);
	REQUEST(24, notifycancel);
	REPLY(40, notifycancel);
	REQUEST(76, notifyset);
	REPLY(40, notifyset);
	REQUEST(52, notifyviafd);
	REPLY(40, notifyviafd);
	REQUEST(24, snapshot);
	REPLY(40, snapshot);
}

ATF_TC_WITHOUT_HEAD(job);
ATF_TC_BODY(job, tc)
{
	REQUEST(168, check_in2);
	IN(32, check_in2, servicename);
	IN(160, check_in2, flags);
	REPLY(64, check_in2);
	OUT(28, check_in2, serviceport);
	OUT(48, check_in2, instanceid);
	REQUEST(184, register2);
	IN(28, register2, serviceport);
	IN(40, register2, NDR);
	IN(48, register2, servicename);
	IN(176, register2, flags);
	REPLY(36, register2);
	REQUEST(188, look_up2);
	IN(32, look_up2, servicename);
	IN(160, look_up2, targetpid);
	IN(164, look_up2, instanceid);
	IN(180, look_up2, flags);
	REPLY(40, look_up2);
}

/* What the kernel writes by hand. */
ATF_TC_WITHOUT_HEAD(notifications);
ATF_TC_BODY(notifications, tc)
{
	REQUEST(36, mach_notify_port_deleted);
	REQUEST(36, mach_notify_send_possible);
	REQUEST(40, mach_notify_port_destroyed);
	REQUEST(36, mach_notify_no_senders);
	REQUEST(24, mach_notify_send_once);
	REQUEST(36, mach_notify_dead_name);
	IN(28, mach_notify_port_destroyed, rights);
	IN(32, mach_notify_no_senders, mscount);
	IN(32, mach_notify_dead_name, name);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, words);
	ATF_TP_ADD_TC(tp, fixed_arrays);
	ATF_TP_ADD_TC(tp, variable_arrays);
	ATF_TP_ADD_TC(tp, strings);
	ATF_TP_ADD_TC(tp, descriptors);
	ATF_TP_ADD_TC(tp, config);
	ATF_TP_ADD_TC(tp, job);
	ATF_TP_ADD_TC(tp, notifications);
	return (atf_no_error());
}
