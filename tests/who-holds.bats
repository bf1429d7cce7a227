# as: user (needs no rights)
# who-holds.bats: who holds a slot: launches and verbs give one answer.
#
# A table for each situation: STATUS, a part of the answer, and the command.
load lib/line

# answers NAME...: each row of the table is true.  In a row $NAME is that variable;
# a launch is of the command that runs.  No answer names a process that is gone.
answers() {
	local status says command line
	while IFS='|' read -r status says command; do
		for name; do
			says=${says//\$$name/${!name}} command=${command//\$$name/${!name}}
		done
		echo "$status|$says|$command" >&2
		read -ra line <<<"$command"
		prints "-$status" --partial "$says" timeout $LIMIT "${line[@]}"
		# As a word: folders have digits in their names.
		[[ -z ${GONE-} ||
			! $output =~ (^|[^[:alnum:]/._])$GONE([^[:alnum:]]|$) ]]
	done
}

@test "locked: a launch that waits for its lock file, which a stranger has, is no instance; all say whose lock it is, and who waits" {
	FILE=$ONLYONE_DIR/lock
	begin OTHER= flock -F "$FILE" sleep 300
	wait_until 'it has it, and is sleep' has_name "$OTHER" sleep
	comes WAITING= onlyone --queue --lock-file="$FILE" -a app sleep 299
	wait_until 'it is seen' eval 'ctl list | grep -q " waiting "'
	by="app is not running, but pid $OTHER (sleep) has its lock file $FILE locked"
	who="$by; 1 launch waits: pid $WAITING"
	answers FILE OTHER WAITING by who <<-'END'
		3|$who|onlyonectl status app
		0|0|onlyonectl count app
		0|waiting|onlyonectl list app
		0|(1 launch waits: pid $WAITING)|onlyonectl list app
		3|$who|onlyonectl pid app
		3|$who|onlyonectl signal USR1 app
		3|$who|onlyonectl stop app
		3|$who|onlyonectl activate app
		3|app is not running|onlyonectl stop --all app
		0||onlyonectl wait app
		0|waits in line|onlyonectl log app
		75|$by|onlyone -n -a app sleep 299
		75|$by|onlyone -n --lock-file=$FILE -a app sleep 299
		0|$by: sleep 300; this command was not run|onlyone --skip -a app sleep 299
		75|$by|onlyone -a app sleep 299
		75|$by|onlyone --lock-file=$FILE -a app sleep 299
		75|$by|onlyone --toggle -a app sleep 299
		75|$by|onlyone --join -a app sleep 299
		75|$by|onlyone --wait -w 0.04 -a app sleep 299
		75|$by|onlyone --replace -w 0.04 --lock-file=$FILE -a app sleep 299
		75|$by|onlyone --queue=2 -w 0.04 --lock-file=$FILE -a app sleep 299
		0|exit with 75: $by|onlyone --dry-run -n -a app sleep 299
		0|exit with 75: $by|onlyone --dry-run -a app sleep 299
	END
	ctl list --json | jq -e ".[0] | [.state, .pid, .waiting] == [\"waiting\", 0, [$WAITING]]"
	killed "$OTHER"
	wait_until 'it begins' pid_is app "$WAITING"
	frees kill "$WAITING"
}

@test "early: a launch whose time is up at once says whose lock it is, not that something runs" {
	FILE=$ONLYONE_DIR/lock
	begin OTHER= flock -F "$FILE" sleep 300
	wait_until 'it has it, and is sleep' has_name "$OTHER" sleep
	for policy in wait queue replace; do
		for w in 0.001 0.01 0.02 0.04 0.06 0.1; do
			echo "$policy $w" >&2
			prints -75 --partial "app is not running, but pid $OTHER (" \
				launch --$policy -w $w --lock-file="$FILE" -a app true
		done
	done
	wait_until 'a list has swept what a keeper left as it ended' swept
}

@test "deaf: the owner has ended, and its keeper is stopped: all name the keeper, and none a process that is gone" {
	begin GONE= onlyone -a app sleep 299
	wait_until 'it runs' pid_is app "$GONE"
	keeper=$(keeper_of app)
	stopped "$keeper"
	killed "$GONE"
	it="app: its process has exited, but its keeper, pid $keeper, is stopped (kill -CONT $keeper continues it); see onlyonectl doctor"
	answers it keeper <<-'END'
		69|$it|onlyonectl status app
		0|0|onlyonectl count app
		0|not-responding|onlyonectl list app
		69|$it|onlyonectl pid app
		69|$it|onlyonectl signal USR1 app
		69|$it|onlyonectl activate app
		69|$it|onlyonectl log app
		69|$it|onlyonectl wait app
		69|$it|onlyonectl stop -w 1 app
		69|$it|onlyonectl stop --all -w 1 app
		1|kill -CONT $keeper|onlyonectl doctor
		69|$it|onlyone -n -a app sleep 299
		69|$it|onlyone --skip -a app sleep 299
		69|$it|onlyone -a app sleep 299
		69|$it|onlyone --wait -a app sleep 299
		75|$it|onlyone --replace -w 0.04 -a app sleep 299
		0|exit with 69: $it|onlyone --dry-run -a app sleep 299
	END
	ctl list --json | jq -e ".[0] | [.state, .pid, .keeper] == [\"not-responding\", 0, $keeper]"
	# A keeper that is late is waited for, as a launch does.
	begin LATE= onlyonectl activate app
	sleep 2
	frees kill -CONT "$keeper"
	ends "$LATE" 3
}

@test "owned: one that runs, with a keeper, a stopped one, and none: all name its pid, and who waits" {
	begin OWNER= onlyone -a app sleep 299
	wait_until 'it runs' pid_is app "$OWNER"
	comes A= onlyone --wait -a app sleep 298
	comes B= onlyone --queue -a app sleep 297
	ctl list --json | jq -e ".[0].waiting == [$A, $B]"
	answers OWNER A B <<-'END'
		0|app is running, pid $OWNER|onlyonectl status app
		0|2 launches wait: pid $A, $B|onlyonectl status app
		0|(2 launches wait: pid $A, $B)|onlyonectl list app
		75|app (pid $OWNER) is still running|onlyone --wait -w 0.04 -a app sleep 299
		75|app (pid $OWNER) is already running|onlyone -n -a app sleep 299
	END
	ends_by INT "$A" 130
	ends_by INT "$B" 130
	ctl list --json | jq -e '.[0].waiting == []'
	keeper=$(keeper_of app)
	stopped "$keeper"
	answers OWNER keeper <<-'END'
		0|app is not-responding, pid $OWNER|onlyonectl status app
		0|1|onlyonectl count app
		0|$OWNER|onlyonectl pid app
		75|app (pid $OWNER) is still running|onlyone --wait -w 0.04 -a app sleep 299
		75|app (pid $OWNER) is already running|onlyone -n -a app sleep 299
		69|app is held by pid $OWNER, and its keeper, pid $keeper, is stopped|onlyone -a app sleep 299
		75|app is still running|onlyonectl wait -w 1 app
	END
	kill -CONT "$keeper"
	killed "$keeper"
	answers OWNER <<-'END'
		0|app is no-keeper, pid $OWNER|onlyonectl status app
		0|1|onlyonectl count app
		0|$OWNER|onlyonectl pid app
		0|activate pid $OWNER|onlyone --dry-run -a app sleep 299
		75|app (pid $OWNER) is still running|onlyone --wait -w 0.1 -a app sleep 299
	END
	frees kill "$OWNER"
	answers <<-'END'
		3|app is not running|onlyonectl status app
		0|0|onlyonectl count app
		3|app is not running|onlyonectl pid app
		0|start /|onlyone --dry-run -a app sleep 299
	END
}

@test "toggle: once it has ended with 0, nothing counts as running" {
	for _ in {1..30}; do
		launch --background --toggle -a app sleep 299
		launch --toggle -a app sleep 299
		prints -0 0 onlyonectl count app
	done
}
