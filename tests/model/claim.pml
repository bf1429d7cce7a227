/*
 * claim.pml: the claim, as a model that spin checks in every interleaving.
 *
 * LAUNCHES launches want to start; each that finds nobody becomes an owner
 * with a keeper beside it.  At any moment an owner may end; a keeper may be
 * killed (KILLS times); the slot folder may be swept away (SWEEPS times).
 * Never two owners.  A folder is a generation: what was opened before a sweep
 * or a release is of an old one, locks and records included.
 *
 * The limit that the manual names shows here too: with a kill *and* a sweep
 * nothing is left that could know, and the claim fails (-DKILLS=1 -DSWEEPS=1).
 * Broken on purpose, spin finds the duplicate: -DNO_WITNESS, -DNO_OWNER.
 */
#ifndef LAUNCHES
#define LAUNCHES 3
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef SWEEPS
#define SWEEPS 0
#endif
#define GENS 8
#define NOBODY 255

byte gen = 0;             /* the folder that has the name now */
byte lock[GENS] = 0;      /* flock on its pidfile: 0 free, else taken */
byte record[GENS] = NOBODY; /* its info: who is the owner */
bool name_lock = false;     /* the abstract name is taken */
bool alive[LAUNCHES] = false;
byte owners = 0;
byte kills = KILLS, sweeps = SWEEPS;

inline next_gen() {
	assert(gen + 1 < GENS);
	gen = gen + 1
}

proctype keeper(byte g; byte who) {
	bool killed = false, healed;

	do
	:: atomic { kills > 0 -> kills--; killed = true; break }
	:: atomic { !alive[who] -> break }
	:: atomic { alive[who] && gen != g && lock[gen] == 0 ->
		/* heal: lock and record in the new folder */
		lock[g] = 0; g = gen; lock[g] = 1; record[g] = who }
	od;
	if
	:: killed -> atomic { lock[g] = 0; name_lock = false }
	:: else ->
		/* release: name_lock, then files, then the lock */
		name_lock = false;
		atomic {
			if
			:: gen == g -> next_gen()
			:: else -> skip
			fi
		}
		lock[g] = 0
	fi
}

proctype launch(byte me) {
	byte g, who;

again:
	g = gen; /* open the folder and its pidfile */
	if
	:: atomic { lock[g] == 0 -> lock[g] = 1 }
	:: atomic { lock[g] != 0 -> goto again }
	fi;
	if /* is it still the one that has the name? */
	:: gen != g -> lock[g] = 0; goto again
	:: else -> skip
	fi;
#ifndef NO_WITNESS
	if
	:: atomic { !name_lock -> name_lock = true }
	:: atomic { name_lock -> lock[g] = 0; goto again }
	fi;
#endif
	who = record[g];
#ifndef NO_OWNER
	if
	:: who != NOBODY && alive[who] ->
		/* an owner without a keeper: it gets one; we hand over */
		run keeper(g, who);
		goto done
	:: else -> skip
	fi;
#endif
	record[g] = me;
	atomic { alive[me] = true; owners++; assert(owners <= 1) };
	run keeper(g, me);
	/* the program runs, and ends */
	atomic { alive[me] = false; owners-- };
done:
	skip
}

active proctype sweeper() {
	do
	:: atomic { sweeps > 0 && gen + 1 < GENS -> sweeps--; next_gen() }
	:: break
	od
}

init {
	byte i;

	atomic {
		for (i : 0 .. LAUNCHES - 1) {
			run launch(i)
		}
	}
}
