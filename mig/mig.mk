# For make(1) and the bsd.*.mk files: makes interfaces with mig(1).
#
#	MIGDEFS=	foo.defs
#	PROG=		food
#	SRCS=		food.c fooServer.c fooServer.h
#	LDADD=		-lmach
#	.include "/usr/local/share/mig/mig.mk"
#	.include <bsd.prog.mk>
#
# Each foo.defs gives foo.h, fooServer.h, fooUser.c and fooServer.c.  MIGFLAGS
# and MIGFLAGS.foo are options of mig.

MIG?=		mig
MIGFLAGS?=

.for _defs in ${MIGDEFS}
_MIG.${_defs:T:R}=	${MIG} -MD ${MIGFLAGS} ${MIGFLAGS.${_defs:T:R}} \
	    -header ${_defs:T:R}.h -sheader ${_defs:T:R}Server.h \
	    -user ${_defs:T:R}User.c -server ${_defs:T:R}Server.c

${_defs:T:R}.h: ${_defs}
	${_MIG.${.TARGET:R}} ${.ALLSRC:M*.defs:[1]}

# One run makes all; another is needed only for what has been removed since.
.for _file in ${_defs:T:R}Server.h ${_defs:T:R}User.c ${_defs:T:R}Server.c
${_file}: ${_defs:T:R}.h ${_defs}
	@[ -e ${.TARGET} ] || ${_MIG.${_defs:T:R}} ${.ALLSRC:M*.defs:[1]}
.endfor

CLEANFILES+=	${_defs:T:R}.h ${_defs:T:R}Server.h ${_defs:T:R}User.c \
		${_defs:T:R}Server.c ${_defs:T:R}.h.d \
		${_defs:T:R}Server.h.d ${_defs:T:R}User.c.d \
		${_defs:T:R}Server.c.d

# What the file includes, known once it has been made.
.dinclude "${_defs:T:R}.h.d"
.endfor
