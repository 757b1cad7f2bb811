/*
 * The protocol of several records: workers that each have a lease of their own, jobs that each have one too, and the hand-over when a worker is told to stop.
 *
 * A job is one record of the store: its writes are single steps here, as `next()` makes them (packages/state/src/protocol/next.ts; the explorer looks at one
 * record alone). What this model asks is what happens between records: a worker that died is found by its own lease, and its jobs are then released one by
 * one; a worker that is told to stop saves and releases its job, then its lease, then leaves.
 *
 * Who is in it:
 *   Worker  signs on, claims, works, saves effect and checkpoint in one write, finishes. When there is nothing to claim it looks after the leases of the others.
 *   Storm   SIGTERM and SIGKILL at any time. Worker 0 is spared, so that somebody is there to finish.
 *   Clock   ends leases: of the dead for certain, of the living as often as LAPSES says. A worker that is stopped and goes on, or is slow, or has a wrong
 *           clock, is one whose lease has ended while it works: any step may come arbitrarily late.
 *
 * What holds in every history (`spin -a`, then an exhaustive search):
 *   1. Each effect is made once, whoever believes to hold the job: asserted in `write_effect`, and again at the end.
 *   2. A job is taken only from nobody, or from one whose lease has ended: asserted in `claim`.
 *   3. A worker is not robbed of a job that it has claimed since it signed on again: asserted in `look_after`.
 *   4. Whoever has left holds no job, and what it had done is not done again: asserted in `leave` and `claim`.
 *   5. No job is lost: worker 0 ends only when all are done. If one never is, the search ends in an invalid end state.
 *   6. It comes to an end: there is no cycle (`-DNP`, then `pan -l`).
 *
 * Each FAULT_x below breaks one of them; the test compiles every one, and the search must find it. To run it by hand:
 *   spin -a hand-over.pml && cc -O1 -DSAFETY -o pan pan.c && ./pan -m10000
 *   spin -a -DFAULT_UNFENCED_SAVE hand-over.pml && cc -DSAFETY -o pan pan.c && ./pan -m10000; spin -t -p -g -DFAULT_UNFENCED_SAVE hand-over.pml
 * Three workers take `-DWORKERS=3 -DJOBS=1 -DSTEPS=1`; with two jobs as well the states no longer fit a laptop.
 */

#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef JOBS
#define JOBS 2
#endif
#ifndef STEPS
#define STEPS 2
#endif
#ifndef LAPSES
#define LAPSES 1
#endif
#ifndef KILLS
#define KILLS 1
#endif
#ifndef TERMS
#define TERMS 1
#endif

mtype = { PENDING, HELD, DONE };

typedef Job {
  mtype state = PENDING;
  byte token;          /* of the last attempt: grows with each claim */
  bool over;           /* the lease has ended */
  byte seq;            /* steps that are saved */
  byte worker;         /* who holds it, for those who look after it */
  byte worker_epoch;   /* as whom: in which of its own leases */
  byte handed;         /* steps that an orderly hand-over had done */
};
Job job[JOBS];

typedef Lease {
  bool held;
  bool over;
  byte epoch;
};
Lease lease[WORKERS];

bool told[WORKERS];    /* SIGTERM */
bool dead[WORKERS];    /* SIGKILL */
byte made[JOBS * STEPS]; /* the effects, by the account of whom they were made on */
byte lapses = LAPSES;

#if JOBS > 1
#define ALL_DONE (job[0].state == DONE && job[1].state == DONE)
#else
#define ALL_DONE (job[0].state == DONE)
#endif
#define FREE(n) (job[n].state == PENDING || (job[n].state == HELD && job[n].over))
#define MINE (job[j].state == HELD && job[j].token == token)

/* One more step of the job, saved with its effect. */
inline write_effect() {
  job[j].seq = did;
  made[j * STEPS + did - 1]++;
  assert(made[j * STEPS + did - 1] <= 1)
}

inline claim(n) {
  assert(FREE(n));
  assert(job[n].seq >= job[n].handed);
  j = n;
  job[n].token++;
  token = job[n].token;
  job[n].state = HELD;
  job[n].over = false;
  job[n].worker = me;
  job[n].worker_epoch = epoch;
  did = job[n].seq
}

#ifdef FAULT_CLAIMS_WHILE_STOPPING
#define MAY_CLAIM true
#else
#define MAY_CLAIM !told[me]
#endif

/* Every step of a worker begins with this: it may have been killed. */
#define LIVES !dead[me]

/* What is not looked at again is the same in all states, so that there are fewer. */
inline forget() {
  j = 0; token = 0; did = 0; other = 0; seen = 0; seen_epoch = 0; valid = false
}

proctype Worker(byte me) {
  byte j = 0, token = 0, did = 0, epoch = 0, other = 0, seen = 0, seen_epoch = 0;
  bool valid = false;

sign_on:
  if
  :: dead[me] -> goto gone
  :: atomic { LIVES -> lease[me].held = true; lease[me].over = false; lease[me].epoch++; epoch = lease[me].epoch }
  fi;

  /* That the lease is still there is looked at now and then, never in the step that claims: between the two it may have gone. */
idle:
  if
  :: dead[me] -> goto gone
  :: atomic { LIVES && (told[me] || ALL_DONE) -> token = 0 }; goto leave
  :: atomic { LIVES && !told[me] && lease[me].epoch != epoch -> skip }; goto sign_on
#ifdef FAULT_READ_THEN_CLAIM
  :: atomic { LIVES && MAY_CLAIM && FREE(0) -> j = 0 }; goto read
#else
  :: atomic { LIVES && MAY_CLAIM && FREE(0) -> claim(0) }; goto work
#endif
#if JOBS > 1
  :: atomic { LIVES && MAY_CLAIM && FREE(1) -> claim(1) }; goto work
#endif
  :: atomic { LIVES && !told[me] && me != 0 && lease[0].held && lease[0].over -> other = 0 }; goto look_after
  :: atomic { LIVES && !told[me] && me != 1 && lease[1].held && lease[1].over -> other = 1 }; goto look_after
#if WORKERS > 2
  :: atomic { LIVES && !told[me] && me != 2 && lease[2].held && lease[2].over -> other = 2 }; goto look_after
#endif
  fi;

#ifdef FAULT_READ_THEN_CLAIM
read:
  atomic {
    if
    :: dead[me] -> goto gone
    :: else -> claim(0)
    fi
  }
#endif

work:
  if
  :: dead[me] -> goto gone
  :: atomic { LIVES && told[me] -> skip }; goto leave
  :: atomic { LIVES && did == STEPS -> skip }; goto finish
  :: atomic { LIVES && did < STEPS -> did++ }
  fi;

#ifdef FAULT_LEASE_CHECKED_BEFORE
  /* The lease of the worker is looked at, and then the record of the job is written without its token. */
  if
  :: dead[me] -> goto gone
  :: atomic { LIVES -> valid = (lease[me].epoch == epoch) }
  fi;
#endif
  atomic {
    if
    :: dead[me] -> goto gone
    :: LIVES && told[me] -> goto leave
#ifdef FAULT_UNFENCED_SAVE
    :: else -> write_effect(); goto work
#else
#ifdef FAULT_LEASE_CHECKED_BEFORE
    :: LIVES && !told[me] && valid -> write_effect(); goto work
    :: LIVES && !told[me] && !valid -> forget(); goto idle
#else
    :: LIVES && !told[me] && MINE -> write_effect(); goto work
    :: LIVES && !told[me] && !MINE -> forget(); goto idle
#endif
#endif
    fi
  };

finish:
  atomic {
    if
    :: dead[me] -> goto gone
    :: LIVES && MINE -> job[j].state = DONE; job[j].token = 0; job[j].worker = 0; job[j].worker_epoch = 0; job[j].handed = 0; job[j].over = false
    :: LIVES && !MINE -> skip
    fi;
    forget();
    goto idle
  };

  /* Another worker's lease has ended. Whoever gets it releases its jobs: of each, the attempt that was seen, and no later one. */
look_after:
  atomic {
    if
    :: dead[me] -> goto gone
    :: LIVES && lease[other].held && lease[other].over -> seen_epoch = lease[other].epoch; lease[other].epoch++; lease[other].held = false
    :: LIVES && !(lease[other].held && lease[other].over) -> forget(); goto idle
    fi
  };
  j = 0;
  do
  :: dead[me] -> goto gone
  :: atomic { LIVES && j == JOBS -> break }
  :: atomic { LIVES && j < JOBS && job[j].state == HELD && job[j].worker == other && job[j].worker_epoch <= seen_epoch -> seen = job[j].token };
     atomic {
       if
       :: dead[me] -> goto gone
#ifdef FAULT_RELEASED_BY_NAME
       :: LIVES && job[j].state == HELD && job[j].worker == other ->
#else
       :: LIVES && job[j].state == HELD && job[j].token == seen ->
#endif
          assert(job[j].worker_epoch <= seen_epoch); job[j].state = PENDING
       :: else -> skip
       fi;
       j++
     }
  :: atomic { LIVES && j < JOBS && !(job[j].state == HELD && job[j].worker == other && job[j].worker_epoch <= seen_epoch) -> j++ }
  od;
  atomic { forget(); goto idle };

  /* Told to stop, or nothing is left. First what is held of a job: saved and released in one write. Then the lease. */
leave:
#ifdef FAULT_RELEASED_BEFORE_SAVED
  atomic {
    if
    :: dead[me] -> goto gone
    :: LIVES && token != 0 && MINE -> job[j].state = PENDING; job[j].handed = did
    :: else -> skip
    fi
  };
#endif
#ifndef FAULT_LEFT_WITHOUT_RELEASE
  atomic {
    if
    :: dead[me] -> goto gone
#ifdef FAULT_UNFENCED_RELEASE
    :: LIVES && token != 0 ->
#else
    :: LIVES && token != 0 && MINE ->
#endif
       assert(job[j].token == token);
       if
       :: did > job[j].seq -> write_effect()
       :: else -> skip
       fi;
       job[j].handed = did;
       job[j].state = PENDING
    :: else -> skip
    fi
  };
#endif
#ifdef FAULT_CLAIMS_WHILE_STOPPING
  if
  :: dead[me] -> goto gone
  :: LIVES && !ALL_DONE -> goto idle
  :: LIVES && ALL_DONE -> skip
  fi;
#endif
  atomic {
    if
    :: dead[me] -> goto gone
    :: else ->
       assert(!(token != 0 && MINE));
       if
       :: lease[me].epoch == epoch -> lease[me].held = false
       :: else -> skip
       fi
    fi
  };
gone:
  atomic { forget(); epoch = 0 }
}

proctype Storm() {
  byte kills = KILLS, terms = TERMS;
  do
  :: atomic { kills > 0 && !dead[1] -> dead[1] = true; kills-- }
  :: atomic { terms > 0 && !told[1] -> told[1] = true; terms-- }
#if WORKERS > 2
  :: atomic { kills > 0 && !dead[2] -> dead[2] = true; kills-- }
  :: atomic { terms > 0 && !told[2] -> told[2] = true; terms-- }
#endif
  :: break
  od
}

#ifdef FAULT_NO_LEASE_OF_THE_JOB
#define JOB_ENDS(n) false
#else
#define JOB_ENDS(n) (job[n].state == HELD && !job[n].over && (lapses > 0 || dead[job[n].worker]))
#endif
#define LEASE_ENDS(w) (lease[w].held && !lease[w].over && (lapses > 0 || dead[w]))

proctype Clock() {
end:
  do
  :: atomic { JOB_ENDS(0) -> job[0].over = true; if :: !dead[job[0].worker] -> lapses-- :: else -> skip fi }
#if JOBS > 1
  :: atomic { JOB_ENDS(1) -> job[1].over = true; if :: !dead[job[1].worker] -> lapses-- :: else -> skip fi }
#endif
  :: atomic { LEASE_ENDS(0) -> lease[0].over = true; if :: !dead[0] -> lapses-- :: else -> skip fi }
  :: atomic { LEASE_ENDS(1) -> lease[1].over = true; if :: !dead[1] -> lapses-- :: else -> skip fi }
#if WORKERS > 2
  :: atomic { LEASE_ENDS(2) -> lease[2].over = true; if :: !dead[2] -> lapses-- :: else -> skip fi }
#endif
  od
}

init {
  atomic {
    run Clock();
    run Storm();
    run Worker(0);
    run Worker(1);
#if WORKERS > 2
    run Worker(2)
#endif
  };
  /* Everybody has left but the clock. */
  (_nr_pr == 2);
  assert(ALL_DONE);
  assert(made[0] == 1 && made[JOBS * STEPS - 1] == 1)
}
