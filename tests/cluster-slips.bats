# cluster-slips.bats: what goes wrong unseen if a line of cli/cluster is changed, or is
# missing: one test for each such line.
#
# Each of them was written after a deliberate slip there that all other tests had let
# pass, and was red with it.
# as: user (as root a cgroup stops what one of these lines would miss)
load lib/leased
load lib/line

setup_file() { both_up; }

own_setup() {
	needs_points
	POINTS=$BUILD/points:$PATH
	BEYOND=(env "ONLYONE_DIR=$ONLYONE_DIR.z")
}

# deaf OPTION...: a launch, $BEGUN, of a program that ignores TERM, which runs when this
# returns; the output of the launch is in ./said.
deaf() {
	begin onlyone-cluster "$@" -a deaf \
		sh -c 'trap "" TERM; : >up; while :; do sleep .05; done' 2>said
	wait_until 'it runs' test -e up
}

# --- before the key is taken --------------------------------------------------

@test "--every: a launch that was stopped as it took the key still has time to look for a run that counts" {
	PATH=$POINTS ONLYONE_TEST_POINTS=cluster-acquired=stop \
		begin slow= onlyone-cluster --ttl=60 --every=1h -n -a slow true
	wait_until 'it has the key' holds_still
	# That is how long the store may be silent at the start.
	sleep 5.2
	kill -CONT "$keeps"
	ends "$slow" 0
}

# A launch that finds, once it has the key, that it is not due, gives it back.
joined_late() {
	echo 'until [ -e "$HOW.go" ]; do : >"$HOW"; sleep .05; done' >job
	host_add "$STORE"
	BEYOND=(env "ONLYONE_DIR=$ONLYONE_DIR.$STORE")
	HOW=late begin late= "${BEYOND[@]}" "PATH=$POINTS" ONLYONE_TEST_POINTS=cluster-acquire=stop \
		onlyone-cluster --every=1h -a joined sh ./job
	wait_until 'it has looked' holds_still "$STORE"
	looked=$keeps
	HOW=first begin program= onlyone-cluster --ttl=60 --every=1h -a joined sh ./job
	wait_until 'it runs' test -e first
	HOW=joins begin joins= elsewhere -v --join -a joined sh ./job 2>said
	wait_until 'it waits for that' file_has said 'waiting for'
	keeps=$(ONLYONE_DIR=$ONLYONE_DIR.z holder)
	stopped "$keeps"
	touch first.go
	ends "$program" 0
	kill -CONT "$looked"
	ends "$late" 0
	kill -CONT "$keeps"
	ends "$joins" 0
}

@test "--join: it exits as the run that it has joined, though a launch that was not due has had the key since" {
	each joined_late
}

@test "forget: it forgets a run that counts, too, though the record that --hold kept has expired since" {
	ONLYONE_CLUSTER="postgresql://$PG/postgres?user=ann"
	run -0 here --every=1h --hold=1000 -a both true
	begin lock= pg_sql db begin -c "update onlyone set expires = '-infinity' where starts_with(key, 'u/') and key ~ '/both'" \
		-c '\! touch locked; until [ -e go ]; do sleep .05; done' -c commit
	wait_until 'the record is locked' test -e locked
	begin forgets= onlyone-cluster forget both
	wait_until 'it waits for that' eval '[ "$(pg_sql db "select count(*) from pg_stat_activity
		where wait_event_type = '"'Lock'"'")" != 0 ]'
	touch go
	ends "$lock" 0
	ends "$forgets" 0
	run -3 onlyone-cluster forget both
}

@test "--join: it exits as the run that it has joined, though the next one has the key by then" {
	# The same command for all.
	echo 'until [ -e "$HOW.go" ]; do : >"$HOW"; sleep .05; done; [ "$HOW" = next ] || exit 7' >job
	host_add y
	HOW=first begin program= onlyone-cluster --ttl=60 -a joined sh ./job
	wait_until 'it runs' test -e first
	HOW=joins begin joins= elsewhere -v --join -a joined sh ./job 2>said
	wait_until 'it waits for that' file_has said 'waiting for'
	HOW=next ONLYONE_DIR=$ONLYONE_DIR.y begin next= onlyone-cluster --wait -a joined sh ./job
	wait_until 'one is in line' places 1
	keeps=$(ONLYONE_DIR=$ONLYONE_DIR.z holder)
	stopped "$keeps"
	touch first.go
	ends "$program" 7
	wait_until 'the next one runs' test -e next
	kill -CONT "$keeps"
	ends "$joins" 7
	alive "$next"
	touch next.go
	ends "$next" 0
	[ ! -e joins ]
}

# same_slot: a launch in the slot of one whose key is just being given back has it.
same_slot() {
	begin env "PATH=$POINTS" ONLYONE_TEST_POINTS=cluster-release=stop \
		onlyone-cluster --ttl=60 -a same true
	wait_until 'it gives its key back' holds_still &&
		killed "$BEGUN" &&
		begin onlyone-cluster -n -a same true &&
		wait_until 'that asks' eval '[ "$(holder | wc -w)" = 2 ]' &&
		kill -CONT "$keeps" &&
		ended "$BEGUN" &&
		wait "$BEGUN"
}

@test "-n: a launch waits a moment for a key that is just being given back in its own slot" {
	# For a second, in which a busy machine may do nothing of that: then once more.
	for _ in 1 2 3 4 5 6 7 8; do
		! same_slot || return 0
	done
	fail 'it has never waited for that'
}

@test "drain, undrain: a launch that waits says again whose end it waits for" {
	held turn --ttl=60
	begin waits= "${BEYOND[@]}" "PATH=$POINTS" "ONLYONE_TEST_DRAINED=$PWD/mark" \
		onlyone-cluster --ttl=2 --wait -a turn true
	for word in drained 'held by'; do
		wait_until 'it is in line' places 1
		[ "$word" != drained ] || touch mark
		wait_until "it says: $word" eval '[[ $("${BEYOND[@]}" onlyonectl status turn) == *"$word"* ]]'
		rm -f mark
	done
	released
	ends "$waits" 0
}

@test "--wait: a HUP that the launch ignores, as by nohup, does not end its wait" {
	held turn --ttl=60
	begin waits= env --ignore-signal=HUP "${BEYOND[@]}" onlyone-cluster --ttl=60 --wait -a turn true
	wait_until 'it is in line' places 1
	kill -HUP "$waits"
	wait_until 'it has taken that' file_has "/proc/$waits/status" '^ShdPnd:.0+$'
	released
	ends "$waits" 0
}

@test "--wait: the launch and all of ours are killed: what would have been COMMAND ends, too" {
	held turn --ttl=60
	begin waits= "${BEYOND[@]}" onlyone-cluster --ttl=60 --wait -a turn true
	wait_until 'it is in line' places 1
	below=$(tree "$waits")
	# One that has exited stays a zombie until all are killed.
	stopped "$waits"
	killed $(ONLYONE_DIR=$ONLYONE_DIR.z helpers)
	killed "$waits"
	ended $below
	released
}

@test "a launch is killed before COMMAND begins: its key is free at once, and not held by --hold" {
	begin env "PATH=$POINTS" ONLYONE_TEST_POINTS=cluster-go=kill \
		onlyone-cluster --ttl=3000 --hold=3000 -a early touch ran
	ended "$BEGUN"
	run -0 elsewhere -w "$PATIENCE" -a early true
	[ ! -e ran ]
}

# --- without a key ------------------------------------------------------------

@test "--on-down=local: --wait does not wait for the store, and COMMAND outlives what renews" {
	begin waits= onlyone-cluster --wait --store=etcd://127.0.0.1:1 --on-down=local \
		-a waits sh -c 'exit 3'
	begin alone= onlyone-cluster --store=etcd://127.0.0.1:1 --on-down=local -a alone \
		sh -c ': >up; until [ -e go ]; do sleep .05; done; exit 5'
	ends "$waits" 3
	wait_until 'the other one runs' test -e up
	wait_until 'its holder is the only one' eval \
		'keeps=$(holder) && [ "$(wc -w <<<"$keeps")" = 1 ]'
	killed "$keeps"
	no_helpers
	touch go
	ends "$alone" 5
}

# --- what renews is stopped, or killed ----------------------------------------

@test "a run that was lost is held back by no --hold" {
	begin onlyone-cluster --ttl=4 --grace=2 --hold=3000 -a lost sh -c '
		trap "until [ -e go ]; do sleep .01; done; exit 0" TERM
		: >up
		while :; do sleep .05; done' 2>said
	wait_until 'it runs' test -e up
	keeps=$(holder)
	stopped "$keeps"
	wait_until 'its watchdog has acted' file_has said 'is ended'
	touch go
	kill -CONT "$keeps"
	ends "$BEGUN" 76
	run -0 elsewhere -w "$PATIENCE" -a lost true
}

@test "what renews is stopped until the watchdog has sent TERM: then it ends the run, too" {
	# Just after a renewal, of which it has not told anybody.
	PATH=$POINTS ONLYONE_TEST_POINTS=lease-renewed=stop deaf --ttl=4 --grace=2
	wait_until 'the watchdog has acted' file_has said 'is ended'
	wait_until 'it has ended' continued "$BEGUN" "$(holder)"
	ends "$BEGUN" 76
}

@test "what renews is killed: KILL comes when --grace is over, however long the lease is" {
	deaf --ttl=3000 --grace=1
	killed "$(holder)"
	ends "$BEGUN" 76
}

@test "--on-lost=warn: what renews is killed: that is said, and COMMAND goes on without ours" {
	begin onlyone-cluster --ttl=2 --on-lost=warn -a warn \
		sh -c ': >up; until [ -e go ]; do sleep .05; done; exit 5' 2>said
	wait_until 'it runs' test -e up
	killed "$(holder)"
	wait_until 'it is said' file_has said 'it keeps running'
	no_helpers
	touch go
	ends "$BEGUN" 5
}

@test "--on-lost=stop: what renews is killed: the watchdog ends the run, and does not stop it" {
	deaf --ttl=2 --on-lost=stop
	below=$(members)
	# It would end the run, too.
	stopped "$BEGUN"
	killed "$(holder)"
	ended $below
	kill -CONT "$BEGUN"
	ends "$BEGUN" 76
}

# --- what belongs to a run ----------------------------------------------------

@test "--on-lost=stop: what a thread has started is stopped, too" {
	begin onlyone-cluster --ttl=2 --on-lost=stop -a threads python3 -c '
import subprocess, threading
def go():
    p = subprocess.Popen(["sleep", "1000"])
    with open("left", "w") as file:
        file.write(str(p.pid))
    threading.Event().wait()
threading.Thread(target=go).start()' 2>said
	wait_until 'it runs' test -s left
	left=$(<left)
	freeze one
	wait_until 'it is stopped' halted "$left"
	wait_until 'it is said' file_has said 'the program is stopped'
	killed "$BEGUN"
	thaw one
	ended "$left"
}

# orphan FILE: the process whose pid is there has got another parent than COMMAND.
orphan() { [ -s "$1" ] && ! has_name "$(parent_of "$(<"$1")")" sh; }

@test "--lifetime=tree: the key is held until all that COMMAND has left has ended" {
	begin onlyone-cluster --lifetime=tree -a tree \
		sh -c 'sleep 1000 >/dev/null 2>&1 3>&- & echo $! >left'
	wait_until 'COMMAND has ended' orphan left
	run -75 elsewhere -w 1 -a tree true
	kill "$(<left)"
	ends "$BEGUN" 0
	run -0 elsewhere -n -a tree true
}

@test "COMMAND is ended by PIPE: what it has left is not ended, and the key is free" {
	run -141 env --default-signal=PIPE timeout -k 5 $LIMIT onlyone-cluster -a pipe \
		sh -c 'sleep 1000 >/dev/null 2>&1 3>&- & echo $! >left; kill -PIPE $$'
	alive "$(<left)"
	run -0 elsewhere -n -a pipe true
	kill "$(<left)"
}

# --- metrics and verbs --------------------------------------------------------

# waiting_is N: in ./later/*.prom.
waiting_is() { [ "$(sed -n 's/^onlyone_cluster_waiting{.*} //p' later/*.prom)" = "$1" ]; }

@test "--metrics: a launch that does not wait any longer is not counted as one that waits" {
	mkdir later
	held counted --ttl=60
	begin waits= "${BEYOND[@]}" onlyone-cluster --metrics="$PWD/later" --wait -a counted true
	wait_until 'it is counted' waiting_is 1
	ends_by TERM "$waits" 143
	wait_until 'it is not' waiting_is 0
	released
}

@test "stop: of a run that has ended, and is held back, there is none to stop: 3" {
	run -0 here --hold=3000 -a kept true
	run -3 onlyone-cluster stop kept
}

@test "wait: it ends with the run that it waits for, though the next one has the key by then" {
	begin program= onlyone-cluster --ttl=60 -a turn sh -c 'until [ -e go ]; do sleep .05; done'
	wait_until 'it runs' runs turn
	begin next= elsewhere --wait -a turn sh -c ': >next; until [ -e end ]; do sleep .05; done'
	wait_until 'one is in line' places 1
	begin verb= onlyone-cluster wait turn
	wait_until 'the store has answered, and is watched' eval \
		'[ "$(find "/proc/$verb/fd" -lname "socket:*" | wc -l)" = 2 ]'
	stopped "$verb"
	touch go
	ends "$program" 0
	wait_until 'the next one runs' test -e next
	kill -CONT "$verb"
	ends "$verb" 0
	alive "$next"
	touch end
	ends "$next" 0
}

@test "drain: what this host had before it was booted, and another of its name, is not here" {
	local boot
	boot=$(</proc/sys/kernel/random/boot_id)
	PATH=$POINTS
	export ONLYONE_TEST_DRAINED=$PWD/mark
	for at in "$(uname -n) other 0" "other $boot 0" "$(uname -n) $boot 75"; do
		read -r host boot is <<<"$at"
		etcd_ctl one put "$PREFIX/v1/l/u/$(id -un)/x" \
			"{\"state\":\"run\",\"host\":\"$host\",\"boot\":\"$boot\"}"
		run "-$is" onlyone-cluster drain -w 2
	done
}

@test "check: each member of etcd is asked itself" {
	free_port
	for url in "$ETCD,127.0.0.1:$port" "127.0.0.1:$port,$ETCD"; do
		run -1 onlyone-cluster check "--store=etcd://$url/$PREFIX"
		assert_equal "$(grep -c "^WRONG .*127.0.0.1:$port" <<<"$output")" 1
	done
}

@test "etcd: drain on a host whose role may not see the keys of others is 77, and not 0" {
	etcd_up guarded
	for line in 'user add root:r' 'role add root' 'user grant-role root root'; do
		etcd_ctl guarded $line
	done
	(umask 077; echo a >password)
	url="etcd://$ETCD/ours?user=ann&passfile=$PWD/password"
	onlyone-cluster init "--store=$url" |
		sed -n 's/.*\(etcdctl .*\)/\1/p' | sed 's/ user add ann$/&:a/' >commands
	ETCDCTL_API=3 ETCDCTL_ENDPOINTS=$ETCD sh -ex commands
	etcd_ctl guarded auth enable
	PATH=$POINTS ONLYONE_TEST_DRAINED=$PWD/mark run -77 --separate-stderr \
		onlyone-cluster drain "--store=$url"
	says '*those of other users may not be read*'
}

# --- of one engine ------------------------------------------------------------

@test "etcd: a renewal counts from when it was asked for, and only while the record is ours" {
	# No watch tells of this one's record; only the next renewal can.
	lies good
	held other --ttl=6 "--store=etcd://$LIAR/$PREFIX"
	keeps=$(holder)
	lies late-renewal
	begin slow= onlyone-cluster --ttl=9 --on-lost=kill "--store=etcd://$LIAR/$PREFIX" -a slow \
		sh -c 'while :; do sleep .01; date +%s.%N >last.new && mv last.new last; done'
	stopped "$keeps"
	etcd_ctl one del "$PREFIX/v1/l/u/$(id -un)/other"
	etcd_ctl one put "$PREFIX/v1/l/u/$(id -un)/other" '{}'
	kill -CONT "$keeps"
	ends "$HELD" 76
	wait_until 'the other one was renewed' file_has late-renewal.asked '^at '
	touch late-renewal.cut
	ends "$slow" 76
	# It would be ten with the time that the answer took.
	awk -v last="$(<last)" '/^at/ { at = $2 } END { exit !(last < at + 9.5) }' late-renewal.asked
}

@test "etcd: a run that has waited leaves no place in line, also with --hold" {
	held line --ttl=3000
	begin waits= elsewhere --wait --ttl=3000 --hold=3000 -a line true
	wait_until 'it is in line' places 1
	released
	ends "$waits" 0
	wait_until 'its place is gone' places 0
}

# table TABLE: of its own, by the name of the test's URL.
table() {
	ONLYONE_CLUSTER="postgresql://$PG/postgres?user=ann&table=$1"
	run -0 onlyone-cluster init --make "--store=postgresql://$PG/postgres?user=boss&table=$1"
}

@test "postgresql: an answer with a WARNING, as of a commit that no standby has, is none: 69" {
	table warned
	pg_sql db "create function warns() returns trigger language plpgsql as
		\$\$ begin raise warning 'no standby'; return new; end \$\$"
	pg_sql db 'create trigger warns before insert or update on warned
		for each row execute function warns()'
	run -69 here -w 1 -a warned touch ran
	file_has "$CLUSTER/db.log" 'WARNING: *no standby'
	[ ! -e ran ]
}

@test "postgresql: the key is taken, and the answer is lost: its lease counts from the next request" {
	table lost
	pg_sql db 'create sequence once; create table taken (at timestamptz)'
	# The first time until it is asked again.
	pg_sql db "create function late() returns trigger language plpgsql security definer as \$\$
		begin
			if nextval('once') > 1 then return new; end if;
			for i in 1..1000 loop
				perform pg_sleep(.03), pg_stat_clear_snapshot();
				exit when exists(select from pg_stat_activity where usename = 'ann'
					and state = 'active' and pid <> pg_backend_pid());
			end loop;
			insert into taken values (clock_timestamp());
			return new;
		end \$\$"
	pg_sql db 'create trigger late after insert on lost for each row execute function late()'
	begin onlyone-cluster --ttl=3000 --wait -a lost sleep 1000
	wait_until 'it runs' runs lost
	assert_equal "$(pg_sql db "select expires > at + interval '3000 s' from lost, taken")" t
	ends_by TERM "$BEGUN" 143
}

@test "postgresql: a launch that has not renewed its place for too long goes to the end of the line" {
	export ONLYONE_CLUSTER="postgresql://$PG/postgres?user=ann" STORE=postgresql
	host_add y
	held line --ttl=60
	begin first= env "ONLYONE_DIR=$ONLYONE_DIR.y" onlyone-cluster --ttl=3 --wait -a line \
		sh -c 'echo 1 >>order'
	wait_until 'it is in line' places 1
	still=$(tree "$first")
	begin second= elsewhere --ttl=60 --wait -a line sh -c 'echo 2 >>order'
	wait_until 'so is another' places 2
	stopped $still
	wait_until 'the first one is passed over' places 1
	kill -CONT $still
	wait_until 'it is in line again' places 2
	released
	all_end 0 "$first" "$second"
	assert_equal "$(xargs <order)" '2 1'
}
