/*
 * guard.pml: keeper, parent and launches of an instance that its parent
 * guards, as a model that spin checks in every interleaving.
 *
 * The parent (parent.c) stays beside its program, and waits until all of its
 * tree is over.  Then it waits for the instance's end (WATCH), by which it
 * holds the slot no more.  The keeper is OWNED while an owner lives, then HELD
 * as long as there is a guard, then it lets go.  Whoever finds no keeper and
 * wants one, parent or launch, starts it for whom the record names.  A program
 * may leave a successor (HEIRS).  At any moment keepers (KILLS) and the parent
 * (GUARD_KILLS) may be killed.
 *
 * Never two programs; none is started while the parent means to go on; and all
 * comes to an end: the slot is free, no launch and no parent waits any more.
 *
 * Broken on purpose, spin finds it: -DNO_OWNER, -DNO_GUARD, -DNO_PIDFD,
 * -DNO_WATCH, -DNO_LOST, -DNO_MEANT.
 */
#ifndef LAUNCHES
#define LAUNCHES 2
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef GUARD_KILLS
#define GUARD_KILLS 0
#endif
#ifndef HEIRS
#define HEIRS 0
#endif
#define PROGRAMS (2 + LAUNCHES)
#define KEEPERS (3 + 2 * KILLS + 2 * LAUNCHES)
#define NOBODY 0

mtype = { ENDED, WAITS, RUNS, HEIR }; /* a program */
mtype = { NOTHING, WATCH }; /* what the parent asks */
mtype = { LOST, OVER };

mtype state[PROGRAMS];
byte programs = 0, running = 0;

/* The slot: its lock, and its record, which goes with the folder. */
bool lock = false;
byte owner = NOBODY;
bool guarded = false;   /* the record names our parent as guard */

byte keeper = NOBODY;   /* who answers on the socket */
byte keepers = 0, leaving = NOBODY;
bool owned[KEEPERS], killed[KEEPERS], dead[KEEPERS];

/* The parent, and its one connection. */
bool parent = true, parent_killed = false;
bool means = true;      /* it may wait for its tree yet */
byte child = 1;         /* its program */
byte conn = NOBODY;
mtype ask = NOTHING, answer = NOTHING;

byte served = 0, heirs = HEIRS;

/* One that a launch starts may run for as long as the parent waits. */
proctype program(byte me; bool other) {
	(state[me] != WAITS);
	if
	:: other -> !parent
	:: skip
	fi;
	if
	:: state[me] == ENDED -> skip
	:: atomic { state[me] == RUNS -> state[me] = ENDED; running-- }
	:: atomic { state[me] == RUNS && heirs > 0 ->
		heirs--; state[me] = HEIR };
		atomic { state[me] = ENDED; running-- }
	fi
}

inline program_make(how, other) {
	programs++;
	assert(programs < PROGRAMS);
	state[programs] = how;
	run program(programs, other)
}

inline program_go(p) {
	state[p] = RUNS;
	running++;
	assert(running <= 1)
}

inline keeper_start(is_owned) {
	lock = true;
	keepers++;
	assert(keepers < KEEPERS);
	keeper = keepers;
	owned[keepers] = is_owned;
	run keep(keepers)
}

/* The record: who lives?  As holder.c. */
#ifdef NO_OWNER
#define OWNER_LIVES false
#else
#define OWNER_LIVES (owner != NOBODY && state[owner] != ENDED)
#endif
#ifdef NO_GUARD
#define GUARD_LIVES false
#else
#define GUARD_LIVES (owner != NOBODY && guarded && parent)
#endif

proctype keep(byte me) {
	bool guard;

	{
		guard = guarded && parent;
		do
		:: owned[me] && state[owner] == ENDED ->
			if
			:: guard && parent -> owned[me] = false
			:: else -> break
			fi
#ifdef NO_PIDFD
		:: !owned[me] && !guard -> break
#else
		:: !owned[me] && !(guard && parent) -> break
#endif
#ifndef NO_MEANT
		:: conn == me && answer == NOTHING && ask == WATCH &&
		    !guarded ->
			answer = OVER /* that instance is over */
#endif
#ifndef NO_WATCH
		:: conn == me && ask == WATCH && guarded && guard ->
			guard = false
#endif
		od;
		/* release */
		owned[me] = false;
		atomic { owner = NOBODY; guarded = false };
		atomic { lock = false; keeper = NOBODY; leaving = me };
		if
		:: conn == me && answer == NOTHING && ask == WATCH ->
			answer = OVER
		:: else -> skip
		fi
	} unless { killed[me] };
	atomic {
		if
		:: keeper == me -> keeper = NOBODY; lock = false
		:: else -> skip
		fi;
		owned[me] = false;
		dead[me] = true
	}
}

/* request.c, meet.c: what comes of asking is in got. */
inline put(what) {
	do
	:: atomic { keeper != NOBODY ->
		conn = keeper; ask = what; answer = NOTHING };
		if
		:: answer != NOTHING -> got = answer
#ifndef NO_LOST
		:: answer == NOTHING && dead[conn] -> got = LOST
#endif
		fi;
		atomic { conn = NOBODY; ask = NOTHING; answer = NOTHING };
		if
		:: got == LOST -> skip
		:: else -> break
		fi
	:: atomic { keeper == NOBODY && !lock ->
		if
		:: OWNER_LIVES -> keeper_start(true)
		:: !OWNER_LIVES && GUARD_LIVES -> keeper_start(false)
		:: else -> owner = NOBODY; guarded = false;
			got = OVER;
			break
		fi }
	od
}

proctype guard() {
	mtype got = NOTHING;

	{
		(state[child] == ENDED);
		means = false;
		put(WATCH)
	} unless { parent_killed };
	atomic {
		parent = false;
		means = false;
		conn = NOBODY;
		ask = NOTHING
	}
}

proctype launch() {
	byte k;

	do
	:: atomic { keeper != NOBODY -> k = keeper };
		if
		:: atomic { owned[k] && state[owner] != ENDED && !dead[k] ->
			served++ };
			break
		:: dead[k] || keeper != k -> skip
		fi
	:: atomic { keeper == NOBODY && !lock ->
		if
		:: OWNER_LIVES -> keeper_start(true)
		:: !OWNER_LIVES && GUARD_LIVES -> keeper_start(false)
		:: else ->
			assert(!means);
			program_make(WAITS, true);
			program_go(programs);
			owner = programs;
			guarded = false;
			keeper_start(true);
			served++;
			break
		fi }
	od
}

proctype killer() {
	byte kills = KILLS, guard_kills = GUARD_KILLS;

	do
	:: atomic { kills > 0 && keeper != NOBODY ->
		kills--; killed[keeper] = true }
	:: atomic { kills > 0 && leaving != NOBODY && !dead[leaving] ->
		kills--; killed[leaving] = true }
	:: atomic { guard_kills > 0 && parent ->
		guard_kills--; parent_killed = true }
	:: break
	od
}

init {
	byte i;

	atomic {
		for (i : 0 .. PROGRAMS - 1) {
			state[i] = ENDED
		};
		program_make(WAITS, false);
		program_go(1);
		owner = 1;
		guarded = true;
		keeper_start(true);
		run guard();
		for (i : 1 .. LAUNCHES) {
			run launch()
		};
		run killer()
	};
	/* Nothing more can happen. */
	timeout;
	assert(!parent && served == LAUNCHES);
	assert(keeper == NOBODY && !lock && !running)
}
