#!/usr/bin/env bats
# as: user (no right is asked for, and a user has the smaller limits)
# scale.bats: many keys live at once, and what a power loss leaves of many.
#
# 500 here; tests/bench/run scale measures as many as there is room for.  Folders
# of the dead are taken away by list and by the next claim of their key, with the
# lock held.
load lib/common

KEYS=500

many=(-q -a many -k '{1}' "$GUESTS/guest-static")

# start FROM TO: an instance for each of these keys.
start() {
	local i
	for ((i = $1; i <= $2; i++)); do
		begin onlyone "${many[@]}" "key $i"
	done
	wait_until "$2 have reached main" 60 in_main "$2"
}

# told WHAT: the time since the last one, for whoever reads the TAP.
told() {
	local now=${EPOCHREALTIME/[.,]/}
	echo "# $1: $(((now - began) / 1000)) ms" >&3
	began=${EPOCHREALTIME/[.,]/}
}

# power_loss: all instances and their keepers at one blow.
power_loss() {
	local pids
	mapfile -t pids < <(ctl list --json | jq '.[] | .pid, .keeper')
	# Keepers first: none may see its program end.
	stopped "${pids[@]}"
	killed "${pids[@]}"
}

@test "scale: 500 live keys: list, a launch, an activation, stop --all; nothing is left" {
	local began=${EPOCHREALTIME/[.,]/} listed
	start 1 "$KEYS"
	told "$KEYS launches, one after the other"

	ctl list --json >listed
	told 'list --json'
	assert_equal "$(jq '[.[].key] | sort' listed)" \
		"$(jq -n "[range(1; $KEYS + 1) | \"key \\(.)\"] | sort")"
	assert_equal "$(jq '[.[].pid] | unique | length' listed)" "$KEYS"
	assert_equal "$(jq -r '[.[].state] | unique[]' listed)" running
	assert_equal "$(ctl list | wc -l)" $((KEYS + 1))
	assert_equal "$(ctl count many)" "$KEYS"
	assert_equal "$(slots | wc -l)" "$KEYS"

	began=${EPOCHREALTIME/[.,]/}
	run -5 launch "${many[@]}" another exit 5
	told 'a launch'
	launch "${many[@]}" 'key 250'
	told 'an activation'
	assert_equal "$(ctl list --json |
		jq '.[] | select(.activations > 0).key')" '"key 250"'
	assert_equal "$(constructors)" $((KEYS + 1))
	assert_equal "$(ctl pid many 'key 499')" \
		"$(jq '.[] | select(.key == "key 499").pid' listed)"

	began=${EPOCHREALTIME/[.,]/}
	prints -0 '' ctl stop --all many
	told 'stop --all'
	freed
	assert_equal "$(ctl count many)" 0
	wait_until 'no keeper is left' no_keepers
}

@test "scale: list asks all keepers before it takes the first one's answer, and as few as it can with few descriptors" {
	start 1 30
	strace -qq -o calls -e trace=connect,recvfrom onlyonectl list --json >listed
	assert_equal "$(jq length listed)" 30
	assert_equal "$(cut -d'(' -f1 calls | uniq -c | tr -s ' ')" " 30 connect
 30 recvfrom"
	# And those that are stopped are so at once.
	mapfile -t stopped < <(jq '.[:20][].keeper' listed)
	stopped "${stopped[@]}"
	strace -qq -o calls -e trace=connect,recvfrom onlyonectl list --json >listed
	kill -CONT "${stopped[@]}"
	assert_equal "$(jq -r '.[].state' listed | sort | uniq -c | tr -s ' ')" \
		" 20 not-responding
 10 running"
	assert_equal "$(head -n 30 calls | grep -c ^connect)" 30
	ulimit -n 20
	strace -qq -o calls -e trace=connect,recvfrom onlyonectl list --json >listed
	assert_equal "$(jq -r '.[].state' listed | sort | uniq -c | tr -s ' ')" \
		" 30 running"
	assert_equal "$(cut -d'(' -f1 calls | uniq | wc -l)" 60
}

@test "scale: stop --all asks all before it takes the first one's answer, and looks through the processes twice, not for each" {
	export DISPLAY=:71 # where windows would be asked
	start 1 30
	strace -f -qq -o calls -e trace=connect,recvfrom,openat \
		onlyonectl stop --all many
	sed -i 's/^[0-9]* *//' calls
	no_slots
	# The list of them first, as above.
	assert_equal "$(grep -oE '^(connect|recvfrom)' calls | uniq -c |
		head -n 3 | tr -s ' ')" " 30 connect
 30 recvfrom
 30 connect"
	looks=$(grep -oE '^openat.*/?[0-9]+/environ"' calls)
	[ "$(wc -l <<<"$looks")" -ge 30 ]
	[ "$(wc -l <<<"$looks")" -le $((6 * $(sort -u <<<"$looks" | wc -l))) ]
}

@test "scale: what a power loss leaves of 200 is swept by one list" {
	local began=${EPOCHREALTIME/[.,]/}
	start 1 200
	power_loss
	assert_equal "$(slots | wc -l)" 200
	# One that lives is among them.
	: >"$GUEST_LOG"
	begin_guest onlyone "${many[@]}" 'key 7'
	began=${EPOCHREALTIME/[.,]/}
	run ctl list --json
	told 'a list that sweeps 199'
	assert_success
	assert_equal "$(jq -r '.[].key' <<<"$output")" 'key 7'
	assert_equal "$(slots | wc -l)" 1
	alive "$BEGUN"
	launch "${many[@]}" 'key 7'
	assert_equal "$(constructors)" 1
}

@test "scale: a list does not take away what lives without a keeper" {
	local i pid pids=()
	start 1 20
	mapfile -t pids < <(ctl list --json | jq '.[].keeper')
	killed "${pids[@]}"
	assert_equal "$(ctl count many)" 20
	assert_equal "$(slots | wc -l)" 20
	for ((i = 1; i <= 20; i++)); do launch "${many[@]}" "key $i"; done
	assert_equal "$(constructors)" 20
}

# things: the folder and the files of the one slot, by inode.
things() { find "$ONLYONE_DIR" -mindepth 1 -printf '%i %P\n' | sort; }

@test "scale: a list takes nothing away from a launch that is just claiming, wherever it is" {
	for point in claim-locked claim-name-locked publish-swept \
		publish-recorded publish-done start-published; do
		: >"$GUEST_LOG"
		ONLYONE_TEST_POINTS=$point=stop begin "$BUILD/points/onlyone" \
			"${many[@]}" "$point"
		wait_until "$point: the launch is stopped" has_state "$BEGUN" T
		before=$(things)
		[ "$before" ]
		ctl list
		ctl count many
		assert_equal "$(things)" "$before"
		kill -CONT "$BEGUN"
		guest_runs "$BEGUN"
		launch "${many[@]}" "$point"
		assert_equal "$(constructors)" 1
		frees killed "$BEGUN"
	done
}
