# as: user (no right is asked for, and a user has the smaller limits)
# storm.bats: many launches at the same moment, kills and sweeps among them, and many
# keys, on a real kernel.  (In every order: tests/sim.)
#
# The guest `witness` takes a lock of its own and shouts when two run.
# shellcheck disable=SC2016,SC2030,SC2031,SC2046,SC2154
load lib/common

LAUNCHES=${STORM_LAUNCHES:-1000}

# The lists that storm.c passes, as `records` shows them, in order.
expected_lists() {
	/usr/bin/python3 - "$LAUNCHES" <<-'END'
		import sys
		rows = [(f"launch {i}", f"two words\n{i}", "")
		    for i in range(1, int(sys.argv[1]) + 1)]
		for row in sorted(" ".join(p.encode().hex() or "-" for p in row)
		    for row in rows):
		    print(row)
	END
}

# A thousand at one barrier: the program's own argument list and those that the
# handler got are the thousand lists, each exactly once.
@test "storm: one start, all others accepted, each list once, all statuses 0, not a word" {
	export ARGS_STAY=1
	expected_lists >expected
	"$GUESTS/storm" "$LAUNCHES" onlyone \
		--on-activate="printf '%s\\0' \"\$#\" \"\$@\" >>'$PWD/lists'" \
		"$GUESTS/args" "$PWD/lists" >out 2>said
	assert_equal "$(<said)" ''
	assert_equal "$(<out)" "0 $((LAUNCHES - 1))
running 1"
	wait_until 'all lists have come' \
		eval '[ "$(record_lines lists | wc -l)" = "$LAUNCHES" ]'
	# The program gets its FILE as an argument and so does the handler.
	file_hex=$(printf '%s' "$PWD/lists" | od -An -v -tx1 | tr -d ' \n')
	record_lines lists | sed "s/^$file_hex //" | sort | diff expected -
	frees killed "$(ctl pid "$GUESTS/args")"
}

@test "kill, sweep: owners, keepers and slots go among launches: never two, nothing handled twice, all end" {
	local i status sweeper pids=()
	for i in {1..150}; do
		begin pids+= onlyone -q -a w --on-activate=: "$W" "$i" for 30 2>>said
		case $((i % 10)) in
		0) kill -KILL $(keepers) 2>>said || : ;;
		5) kill -KILL "$(tail -n 1 "$GUEST_LOG" | cut -d ' ' -f 1)" 2>>said || : ;;
		esac
	done
	for i in "${pids[@]}"; do wait "$i" || :; done
	[ "$(constructors)" -ge 2 ]
	freed
	while :; do rm -rf "${ONLYONE_DIR:?}"/* 2>/dev/null || :; done 3>&- &
	sweeper=$!
	STARTED+=("$sweeper")
	for i in {1..30}; do
		pids=()
		for who in 1 2 3; do
			begin pids+= onlyone -a w --on-activate='echo "$1" >>handled' \
				"$W" "$i.$who" for 10 2>>said
		done
		for pid in "${pids[@]}"; do
			status=0
			wait "$pid" || status=$?
			# Nobody was told a lie: 0, or silence because nothing stayed.
			[[ $status = @(0|69|76) ]] || fail "$status: $(<said)"
		done
	done
	killed "$sweeper"
	never_two
	[ -z "$(sort handled | uniq -d)" ]
	frees run -0 launch -a w "$W" last for 0
}

many=(-q -a many -k '{1}' "$GUESTS/guest-static")

@test "scale: 200 keys: list, launches, stop --all; what a power loss leaves is swept by one list" {
	local i pids
	for i in {1..200}; do begin onlyone "${many[@]}" "key $i"; done
	wait_until 'all have reached main' 60 in_main 200
	ctl list --json >listed
	assert_equal "$(jq -c '[[.[].key], [.[].pid] | unique | length]' listed)" '[200,200]'
	run -5 launch "${many[@]}" another exit 5
	# Of the first fifty the keepers are killed: list leaves what lives.
	mapfile -t pids < <(jq '.[:50][].keeper | select(. > 0)' listed)
	killed "${pids[@]}"
	assert_equal "$(ctl count many)" 200
	launch "${many[@]}" 'key 150'
	assert_equal "$(constructors)" 201
	# Keepers first: none may see its program end.
	mapfile -t pids < <(ctl list --json | jq '.[:100][] | .pid, .keeper | select(. > 0)')
	stopped "${pids[@]}"
	killed "${pids[@]}"
	assert_equal "$(slots | wc -l)" 200
	ctl list >/dev/null
	assert_equal "$(slots | wc -l)" 100
	prints -0 '' ctl stop --all many
	freed
	no_keepers
}
