# as: user (needs no rights, except tests tagged both)
# directory.bats: the directory of instances, and which keys it allows: seal, forget,
# reset.  (That no launch slips in between: sim.)
load lib/line

toys=(-a toys -k '{1}')

# toy NAME [OPTION...]: begins that instance.
toy() { begin_guest onlyone "${toys[@]}" "${@:2}" "$GUEST" "$1"; }

# plays NAME: a launch for that key starts one, which exits with 5.
plays() {
	run -5 --separate-stderr onlyone "${toys[@]}" "$GUEST" "$1" exit 5
	assert_equal "$output$stderr" ''
}

# barred NAME [WORDS]: a launch for that key is refused, with these words, and starts
# nothing.
barred() {
	local before
	before=$(<"$GUEST_LOG")
	run -77 --separate-stderr onlyone "${toys[@]}" "$GUEST" "$1" exit 6
	assert_equal "$(<"$GUEST_LOG")" "$before"
	says "toys is sealed*${2-}"
}

# silent VERB...: onlyonectl exits with 0 and prints nothing.
silent() { prints -0 '' onlyonectl "$@"; }

# failing STATUS WORDS VERB...: it ends so, with one line that has the words.
failing() {
	run --separate-stderr onlyonectl "${@:3}"
	assert_equal "$status $output ${#stderr_lines[@]}" "$1  1"
	[[ $stderr == onlyonectl:*$2* ]] || fail "$stderr"
}

@test "story: Teddy, seal, Molly refused, unseal, Molly, list, forget, reset; who is not resettable is 77" {
	toy Teddy --resettable --on-activate='echo "$1, hello again"'
	teddy=$BEGUN
	silent seal toys
	silent is-sealed toys
	run -1 onlyonectl is-sealed other
	barred Molly
	assert_equal "$stderr" "onlyone: toys is sealed: this launch has key\
 Molly, and only these may run: key Teddy; see onlyonectl unseal"
	prints -0 'Teddy, hello again' onlyone "${toys[@]}" "$GUEST" Teddy
	silent unseal toys
	prints -1 '' onlyonectl is-sealed toys
	toy Molly --resettable
	molly=$BEGUN
	run onlyonectl list toys
	assert_line --index 0 --regexp '^APP +KEY +PID +STATE +SINCE +COMMAND$'
	assert_line --index 1 --regexp "^toys +Teddy +$teddy +running .* Teddy\$"
	assert_line --index 2 --regexp "^toys +Molly +$molly +running .* Molly\$"
	assert_equal "${#lines[@]}" 3
	silent forget toys Teddy
	prints "[\"Molly\",$molly]" jq -c ".[] | [.key, .pid]" <(onlyonectl list toys --json)
	silent reset toys
	alive "$teddy" "$molly"
	toy Susi
	failing 77 'key Susi' reset toys
	silent forget toys
	failing 0 "no instance of 'toys' is running" list toys
	no_slots
	notes constructor 3
}

@test "seal: of what does not run lets nothing run, and warns; no key is a key; of another boot is none" {
	for name in toys guest "$GUEST"; do
		failing 0 "no instance of *${name##*/} is running; " seal "$name"
		silent is-sealed "$name"
	done
	barred Molly 'Molly*may run: none;'
	# One without a name of its own, by its command's name and by its path.
	for name in guest "$GUEST"; do
		run -77 launch "$GUEST"
		silent unseal "$name"
	done
	silent unseal toys
	assert_equal "$(left_in)" ''
	begin_guest onlyone -a toys "$GUEST"
	silent seal toys
	barred Molly 'may run: no key;'
	silent unseal toys
	frees killed "$BEGUN"
	toy Teddy
	silent seal toys
	run -77 --separate-stderr launch -a toys "$GUEST" exit 5
	says 'has no key, *: key Teddy;'
	read -r boot </proc/sys/kernel/random/boot_id
	sed -i "s/boot=${boot:0:4}/boot=0123/" "$ONLYONE_DIR"/seal.*
	run -1 ctl is-sealed toys
	plays Molly
	# And can be sealed again.
	silent seal toys
	barred Molly
}

@test "seal: what lived then may run again, and no key like it, also when the folders are swept" {
	local two=(-a toys -k '{1}' -k '{2}' "$GUEST") long='a key with a long name, number 1'
	toy Teddy
	teddy=$BEGUN
	begin_guest onlyone "${two[@]}" a b
	toy "$long"
	silent seal toys
	launch -q "${toys[@]}" "$GUEST" Teddy
	notes constructor 3
	prints "$teddy" ctl pid toys Teddy
	frees killed "${STARTED[@]}"
	plays Teddy
	run -5 launch "${two[@]}" a b exit 5
	for other in 'b a' 'ab c' $'a b\x1f'; do
		run -77 launch "${two[@]}" $other exit 6
	done
	for other in ab 'a b' a teddy; do barred "$other"; done
	# All those of a counted key.
	toy Teddy
	teddy=$BEGUN
	begin_guest onlyone -j 2 "${toys[@]}" "$GUEST" Teddy
	assert_equal "$(ctl count toys Teddy)" 2
	silent seal toys
	barred "$long"
	# It outlives what sweeps the folders of the dead away.
	killed $(ctl list toys --json | jq '.[] | .keeper') "$teddy" "$BEGUN"
	rm -r "$ONLYONE_DIR"/*/
	plays Teddy
	barred Molly
	# Nor that of one that waits, and whose keeper could not be asked.
	toy Teddy
	comes late= onlyone --wait "${toys[@]}" "$GUEST" Teddy exit 6
	stopped "$late"
	killed $(ctl list toys --json | jq '.[] | .keeper, .pid')
	silent -q seal toys
	kill -CONT "$late"
	ends "$late" 77
	silent unseal toys
	plays Molly
	freed
	assert_equal "$(left_in)" ''
}

# no_seal OBJECT STATUS: that is in the place of a seal: 73, the application named,
# and nothing hangs or starts; a seal that is made replaces it, with that status.
no_seal() {
	echo "$1" >&2
	prints -73 --partial toys ctl is-sealed toys
	run -73 --separate-stderr launch "${toys[@]}" "$GUEST" Molly exit 5
	says "seal of toys"
	notes constructor 0
	run "-$2" ctl -q seal toys
	rm -rf "$seal"
}

# bats test_tags=both
@test "seal: a file that is odd, forged or another's is 73, and nothing hangs; one of no sense is none" {
	silent -q seal toys
	seal=$(echo "$ONLYONE_DIR"/seal.*)
	echo precious >file
	while read -r want how; do
		rm -rf "$seal"
		eval "$how"
		no_seal "$how" "$want"
	done <<-'END'
		0 mkfifo "$seal"
		73 mkdir "$seal"
		0 ln -s "$PWD/file" "$seal"
		0 silent -q seal toys; chmod 666 "$seal"
		0 silent -q seal toys; truncate -s 100M "$seal"
	END
	assert_equal "$(<file)" precious
	how='chmod 0'
	[ "$(id -u)" != 0 ] || how='chown 1000'
	silent -q seal toys
	$how "$seal"
	no_seal "$how" 0
	silent -q seal toys
	for words in '' "$(head -c 5000 /dev/urandom | tr -d '\0')"; do
		printf %s "$words" >"$seal"
		run -1 ctl is-sealed toys
		plays Molly
	done
}

@test "forget, reset: none is 3, several 64, not resettable 77, a keeper that does not answer 69; --all" {
	failing 3 toys forget toys
	failing 3 toys reset toys
	toy Teddy --resettable
	failing 3 toys forget toys Molly
	silent forget toys Teddy
	begin_guest onlyone -a toys "$GUEST"
	silent forget toys
	no_slots
	toy Teddy --resettable
	toy Molly
	failing 64 Teddy forget toys
	failing 77 'key Molly' reset toys
	assert_equal "$(ctl count toys)" 2
	silent forget toys Molly
	silent reset toys
	no_slots
	toy Teddy
	toy Molly
	silent forget --all toys
	no_slots
	toy Susi
	keeper=$(keeper_of toys)
	stopped "$keeper"
	failing 69 toys forget toys Susi
	kill -CONT "$keeper"
	# The question may lie there still; but it was not told as done.
	wait_until 'the keeper answers' eval \
		'ctl list toys --json | jq -e "all(.state == \"running\")"'
	alive "${STARTED[@]}"
}
