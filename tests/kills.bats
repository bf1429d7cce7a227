# as: user (needs no rights)
# kills.bats: one of our processes is killed with -9 at one point of a launch: what
# follows is what the table in "Our processes" of cli/HACKING.md says.  More rows are
# in activation (the keeper), log (a launch before its program), line (in line) and
# lifetimes (the parent of a tree).
load lib/common

# attended STEP=stop: an instance, app, whose keeper or attendants stop there.
attended() {
	begin_guest env ONLYONE_TEST_POINTS="$1" "$BUILD/points/onlyone" -a app \
		--on-activate='echo "$1" >>ran' env -u ONLYONE_TEST_POINTS "$GUEST"
	keeper=$(keeper_of app)
}

attends() { attendant=$(pgrep -P "$keeper") && has_state "$attendant" T; }

@test "a first launch, before it has a keeper: the next one starts over its files; no record of the run" {
	wants trace
	begin strace -qqo calls -e inject=clone,clone3,vfork:signal=KILL:when=1 \
		onlyone -a app "$GUEST"
	ends "$BEGUN" 137
	assert_equal "$(slots | wc -w)" 1
	notes constructor 0
	begin_guest onlyone -a app "$GUEST"
	assert_equal "$(ctl log app | grep -c launched)" 1
}

@test "a first launch, at the execve of its program: the slot is free, log says that it was killed before" {
	wants trace
	# Its parent does not reap it.
	trace='strace -D -qqo calls -e inject=execve:signal=KILL:when=1'
	begin sh -c "$trace onlyone -a app '$GUEST' & exec sleep 300"
	wait_until 'its end is known' eval 'ctl log app 2>/dev/null | grep -q status'
	prints -0 --partial 'was killed before its program was executed, status 137' \
		onlyonectl log app
	freed app
	ends_by KILL "$BEGUN" 137
}

@test "an attendant, before its word to go: the launch starts over, and its handler runs once" {
	attended streams-taken=stop
	begin launch= onlyone -a app "$GUEST" one
	wait_until 'its attendant stands still' attends
	first=$attendant
	killed "$first"
	another() { attends && [ "$attendant" != "$first" ]; }
	wait_until 'it has another one' another
	kill -CONT "$attendant"
	ends "$launch" 0
	assert_equal "$(<ran)" one
	constructors 1
}

@test "an attendant, after its word to go: nothing has run, the launch starts over" {
	attended handler-go=stop
	begin launch= onlyone -a app "$GUEST" one
	wait_until 'the keeper stands still' has_state "$keeper" T
	attendant=$(pgrep -P "$keeper")
	stopped "$attendant"
	kill -CONT "$keeper"
	ctl status app # so the keeper has told it to go
	killed "$attendant"
	wait_until 'the keeper stands still again' has_state "$keeper" T
	[ ! -e ran ]
	kill -CONT "$keeper"
	ends "$launch" 0
	assert_equal "$(<ran)" one
}

@test "a handler: its launch exits with 137, the next one is served" {
	with_handler 'echo "$1"; [ "$1" = second ] || kill -KILL $$'
	prints -137 first onlyone "$GUEST" first
	prints -0 second onlyone "$GUEST" second
}
