# as: user (needs no rights, and a user has the smaller limits)
# storm.bats: many launches at the same moment, kills among them, and many keys, on a
# real kernel.  (In every order, and with sweeps: tests/sim.)
# shellcheck disable=SC2016,SC2030,SC2031,SC2046,SC2154
load lib/common

LAUNCHES=${STORM_LAUNCHES:-1000}

# A thousand at one barrier: the program's own argument list and those that the
# handler got are the thousand lists, each exactly once.
@test "storm: one start, all others accepted, each list once, all statuses 0, not a word" {
	export ARGS_STAY=1
	for ((i = 1; i <= LAUNCHES; i++)); do
		printf '%s\0' 3 "launch $i" $'two words\n'"$i" ''
	done >passed
	"$GUESTS/storm" -s "$LAUNCHES" "$BUILD/onlyone" \
		--on-activate="printf '%s\\0' \"\$#\" \"\$@\" >>'$PWD/lists'" \
		"$GUESTS/args" "$PWD/lists" 'launch %N' $'two words\n%N' '' >out 2>said
	assert_equal "$(<said)" ''
	assert_equal "$(<out)" "0 $((LAUNCHES - 1))
running 1"
	wait_until 'all lists have come' \
		eval '[ "$(record_lines lists | wc -l)" = "$LAUNCHES" ]'
	# The program gets its FILE as an argument and so does the handler.
	file_hex=$(printf '%s' "$PWD/lists" | od -An -v -tx1 | tr -d ' \n')
	record_lines lists | sed "s/^$file_hex //" | sort |
		diff <(record_lines passed | sort) -
	frees killed "$(ctl pid "$GUESTS/args")"
}

@test "kill: owners and keepers go among launches: never two, and all end" {
	local i pid status pids=()
	# flock becomes sleep; where another one has the lock, two run.
	for i in {1..100}; do
		begin pids+= onlyone -q -a w --on-activate=: \
			flock -F -n -E 99 lock sleep "0.0$((RANDOM % 4))"
		case $((i % 10)) in
		0) kill -KILL $(keepers) || : ;;
		5) kill -KILL "$(ctl pid w)" || : ;;
		esac
	done 2>>said
	for pid in "${pids[@]}"; do
		status=0
		wait "$pid" || status=$?
		[ "$status" != 99 ] || fail "two run: $(<said)"
	done
	freed
}

many=(-q -a many -k '{1}' "$GUESTS/guest-static")

@test "scale: 200 keys: list, launches, stop --all; what a power loss leaves is swept by one list" {
	for i in {1..200}; do begin onlyone "${many[@]}" "key $i"; done
	wait_until 'all have reached main' 60 in_main 200
	ctl list --json >listed
	assert_equal "$(jq -c '[[.[].key], [.[].pid] | unique | length]' listed)" '[200,200]'
	run -5 launch "${many[@]}" another exit 5
	# The keepers of the first fifty are killed: list leaves what lives.
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
