/*-
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Copyright (c) 2026 The freebsd-launchd authors
 */

/*
 * Name spaces: one per process image, from names to rights.
 *
 * A name is (index << 8) | generation.  The index is dense, because consumers
 * index arrays with it; the generation has its low two bits set and changes
 * each time an index is used again, so that a stale name denotes nothing.
 * Index 0 is never used.
 *
 * Entries live in chunks that are added and never moved, so a pointer to an
 * entry is good for as long as the space is locked.  Entries that hold a send
 * or receive right are also in a tree by port, which is what makes all send
 * rights for a port, and its receive right, share one name.
 *
 * A port can die at any time without visiting the spaces that name it.  The
 * entries notice when they are next looked up: mach_entry_lookup() turns them
 * into dead names there.
 */

#include "mach_var.h"

#include <sys/systm.h>

#define	INDEX_MAX	((1u << 24) - 1)

#define	GEN_BITS	0x3u
#define	GEN_STEP	0x4u

static int
entry_compare(const struct mach_entry *a, const struct mach_entry *b)
{
	if (a->e_port == b->e_port)
		return (0);
	return ((uintptr_t)a->e_port < (uintptr_t)b->e_port ? -1 : 1);
}

RB_GENERATE_STATIC(mach_entry_tree, mach_entry, e_node, entry_compare);

struct mach_space *
mach_space_create(pid_t pid)
{
	struct mach_space *space;

	space = malloc(sizeof(*space), M_MACH, M_WAITOK | M_ZERO);
	mtx_init(&space->s_lock, "mach space", NULL, MTX_DEF);
	refcount_init(&space->s_refs, 1);
	space->s_pid = pid;
	RB_INIT(&space->s_tree);
	return (space);
}

void
mach_space_ref(struct mach_space *space)
{
	refcount_acquire(&space->s_refs);
}

void
mach_space_rele(struct mach_space *space)
{
	struct mach_chunk *chunk;
	u_int i;

	if (!refcount_release(&space->s_refs))
		return;
	KASSERT(space->s_used == 0, ("mach space freed with names in use"));
	for (i = 0; i < space->s_nchunks; i++) {
		chunk = space->s_chunks[i];
		mach_uncharge(chunk->c_user, MACH_NAMES, MACH_CHUNK_ENTRIES);
		free(chunk, M_MACH);
	}
	free(space->s_chunks, M_MACH);
	mtx_destroy(&space->s_lock);
	free(space, M_MACH);
}

static void
free_list_push(struct mach_space *space, struct mach_entry *e)
{
	e->e_next = space->s_free;
	space->s_free = MACH_PORT_INDEX(e->e_name);
	space->s_nfree++;
}

/*
 * Makes `chunk' the last chunk of the space, whose directory has been replaced
 * by one with room for it.  Its entries join the free list lowest index first.
 */
static void
chunk_install(struct mach_space *space, struct mach_chunk *chunk)
{
	struct mach_entry *e;
	uint32_t base, i;

	base = space->s_nchunks << MACH_CHUNK_SHIFT;
	space->s_chunks[space->s_nchunks++] = chunk;
	for (i = MACH_CHUNK_ENTRIES; i-- > 0;) {
		e = &chunk->c_entries[i];
		e->e_name = ((base + i) << 8) | GEN_BITS;
		if (base + i != 0)
			free_list_push(space, e);
	}
}

/*
 * Adds a chunk.  Called and returns with the space locked, unlocks it to
 * allocate; another thread may have grown the space meanwhile.  Returns false
 * if the current user has too many names.
 */
static bool
space_grow(struct mach_space *space)
{
	struct mach_chunk **chunks, **old, *chunk;
	struct mach_user *user;
	u_int n;

	n = space->s_nchunks;
	mtx_unlock(&space->s_lock);
	user = mach_current_user();
	if (!mach_charge(user, MACH_NAMES, MACH_CHUNK_ENTRIES)) {
		mtx_lock(&space->s_lock);
		return (false);
	}
	chunks = malloc((n + 1) * sizeof(*chunks), M_MACH, M_WAITOK);
	chunk = malloc(sizeof(*chunk), M_MACH, M_WAITOK | M_ZERO);
	chunk->c_user = user;
	mtx_lock(&space->s_lock);
	if (space->s_nchunks != n) {
		free(chunk, M_MACH);
		free(chunks, M_MACH);
		mach_uncharge(user, MACH_NAMES, MACH_CHUNK_ENTRIES);
		return (true);
	}
	old = space->s_chunks;
	if (n > 0)
		memcpy(chunks, old, n * sizeof(*chunks));
	space->s_chunks = chunks;
	chunk_install(space, chunk);
	free(old, M_MACH);
	return (true);
}

/* See mach_space_reserve(); the space is locked. */
bool
mach_space_make_room(struct mach_space *space, u_int n)
{
	u_int room;
	bool fits;

	do {
		room = mach_max_names > space->s_used ?
		    mach_max_names - space->s_used : 0;
		fits = n <= room && !space->s_dead;
		if (space->s_nfree >= MIN(n, room) || space->s_dead ||
		    space->s_nchunks << MACH_CHUNK_SHIFT >= INDEX_MAX)
			break;
	} while (space_grow(space));
	return (fits && space->s_nfree >= n);
}

/* Whether a locked space takes no more names. */
bool
mach_space_full(const struct mach_space *space)
{
	if (space->s_dead)
		return (true);
	if (space->s_used < mach_max_names)
		return (false);
	mach_complain("names_per_task");
	return (true);
}

struct mach_entry *
mach_entry_alloc(struct mach_space *space)
{
	struct mach_entry *e;

	mtx_assert(&space->s_lock, MA_OWNED);
	if (mach_space_full(space) || space->s_nfree == 0)
		return (NULL);
	e = mach_entry_slot(space, space->s_free);
	space->s_free = e->e_next;
	space->s_nfree--;
	space->s_used++;
	e->e_urefs = 0;
	MACH_COUNT(entries, 1);
	return (e);
}

static void
entry_unbind(struct mach_space *space, struct mach_entry *e)
{
	RB_REMOVE(mach_entry_tree, &space->s_tree, e);
	e->e_bound = false;
}

/*
 * Returns an entry that has lost its last right to the free list, under a new
 * generation.  The reference on what it named passes to the caller.
 */
void
mach_entry_free(struct mach_space *space, struct mach_entry *e,
    struct mach_reap *reap)
{
	mtx_assert(&space->s_lock, MA_OWNED);
	if (e->e_request != NULL)
		mach_request_cancel(e, reap);
	if (e->e_bound)
		entry_unbind(space, e);
	e->e_bits = 0;
	e->e_urefs = 0;
	e->e_port = NULL;
	e->e_name = (e->e_name & ~0xffu) | ((e->e_name + GEN_STEP) & 0xffu);
	space->s_used--;
	free_list_push(space, e);
	MACH_COUNT(entries, -1);
}

/*
 * Gives an entry its first rights to a port.  Consumes a reference.
 */
void
mach_entry_bind(struct mach_space *space, struct mach_entry *e,
    struct mach_port *port, uint32_t bits)
{
	e->e_port = port;
	e->e_bits = bits;
	e->e_bound = (bits & (MACH_PORT_TYPE_SEND |
	    MACH_PORT_TYPE_RECEIVE)) != 0;
	if (e->e_bound)
		RB_INSERT(mach_entry_tree, &space->s_tree, e);
}

static void
entry_to_dead_name(struct mach_space *space, struct mach_entry *e)
{
	struct mach_port *port;
	bool send;

	port = e->e_port;
	send = (e->e_bits & MACH_PORT_TYPE_SEND) != 0;
	if (!send)
		e->e_urefs = 1;
	if (e->e_bound)
		entry_unbind(space, e);
	if (mach_request_reclaim(e) && e->e_urefs < MACH_UREFS_MAX)
		e->e_urefs++;
	e->e_bits = MACH_PORT_TYPE_DEAD_NAME;
	e->e_port = NULL;
	if (send)
		mach_port_drop_dead_send(port);
	else
		mach_port_use_send_once(port);
}

/*
 * Brings an entry up to date with the port it names.
 */
void
mach_entry_refresh(struct mach_space *space, struct mach_entry *e)
{
	const uint32_t bits = MACH_PORT_TYPE_SEND | MACH_PORT_TYPE_SEND_ONCE;

	if ((e->e_bits & MACH_PORT_TYPE_RECEIVE) == 0 &&
	    (e->e_bits & bits) != 0 && mach_port_is_dead(e->e_port))
		entry_to_dead_name(space, e);
	else if (e->e_request != NULL)
		mach_request_reclaim(e);
}

/*
 * Finds the entry that holds send rights to, or the receive right of, a port.
 */
struct mach_entry *
mach_entry_of_port(struct mach_space *space, struct mach_port *port)
{
	struct mach_entry key;

	mtx_assert(&space->s_lock, MA_OWNED);
	key.e_port = port;
	return (RB_FIND(mach_entry_tree, &space->s_tree, &key));
}

/*
 * Iterates over the names in use.  *cursor is 0 to begin with.
 */
struct mach_entry *
mach_space_next(struct mach_space *space, uint32_t *cursor)
{
	struct mach_entry *e;

	mtx_assert(&space->s_lock, MA_OWNED);
	while ((e = mach_entry_slot(space, (*cursor)++)) != NULL) {
		if (e->e_bits != 0) {
			mach_entry_refresh(space, e);
			return (e);
		}
	}
	return (NULL);
}

/*
 * Takes the free entry of a name that mach_space_reserve_name() has reserved.
 * That the space takes one more is for the caller to see.
 */
struct mach_entry *
mach_entry_alloc_name(struct mach_space *space, mach_port_name_t name)
{
	struct mach_entry *e, *prev;
	uint32_t index;

	e = mach_entry_slot(space, MACH_PORT_INDEX(name));
	KASSERT(e != NULL && e->e_bits == 0, ("mach name not reserved"));
	index = MACH_PORT_INDEX(name);
	if (space->s_free == index) {
		space->s_free = e->e_next;
	} else {
		prev = mach_entry_slot(space, space->s_free);
		while (prev->e_next != index)
			prev = mach_entry_slot(space, prev->e_next);
		prev->e_next = e->e_next;
	}
	space->s_nfree--;
	space->s_used++;
	e->e_name = name;
	e->e_urefs = 0;
	MACH_COUNT(entries, 1);
	return (e);
}

/*
 * Locks the space with an entry for `name' in existence, whether free or in
 * use.  On failure the space is unlocked.
 */
bool
mach_space_reserve_name(struct mach_space *space, mach_port_name_t name,
    kern_return_t *krp)
{
	uint32_t index;

	index = MACH_PORT_INDEX(name);
	if ((name & GEN_BITS) != GEN_BITS) {
		*krp = KERN_INVALID_VALUE;
		return (false);
	}
	if (index == 0) {
		*krp = KERN_FAILURE;
		return (false);
	}
	if (index >= mach_max_names) {
		*krp = KERN_NO_SPACE;
		return (false);
	}
	mtx_lock(&space->s_lock);
	while (mach_entry_slot(space, index) == NULL) {
		if (!space_grow(space)) {
			mtx_unlock(&space->s_lock);
			*krp = KERN_NO_SPACE;
			return (false);
		}
	}
	return (true);
}

/*
 * Destroys every right of a space.  Nothing new can be named in it afterwards.
 */
void
mach_space_kill(struct mach_space *space, struct mach_reap *reap)
{
	struct mach_rights rights;
	struct mach_entry *e;
	uint32_t cursor;

	cursor = 0;
	mtx_lock(&space->s_lock);
	space->s_dead = true;
	while ((e = mach_space_next(space, &cursor)) != NULL) {
		memset(&rights, 0, sizeof(rights));
		mach_entry_destroy(space, e, &rights, reap);
		mtx_unlock(&space->s_lock);
		mach_rights_release(&rights, reap);
		mtx_lock(&space->s_lock);
	}
	mtx_unlock(&space->s_lock);
}

/* What messages can be received from by a name; false for nothing. */
bool
mach_space_source(struct mach_space *space, mach_port_name_t name,
    struct mach_source *so)
{
	mtx_lock(&space->s_lock);
	mach_source_find(space, name, so);
	mtx_unlock(&space->s_lock);
	return (!mach_source_is_none(so));
}

/* Whether a name is of a send right to a port. */
bool
mach_space_sends(struct mach_space *space, mach_port_name_t name,
    struct mach_port *port)
{
	struct mach_entry *e;
	bool sends;

	mtx_lock(&space->s_lock);
	e = mach_entry_lookup(space, name);
	sends = e != NULL && (e->e_bits & MACH_PORT_TYPE_SEND) != 0 &&
	    e->e_port == port;
	mtx_unlock(&space->s_lock);
	return (sends);
}
