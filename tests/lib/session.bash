# session.bash: types a block of a manual that is a session in a terminal.
#
# A command comes after "$ " ("> " continues it), the other lines are its output.  There,
# numbers of two digits and more stand for any number, a line of digits only for itself;
# "..." at the end for anything; /home/me for the current folder, /run/onlyone/1000 for
# the state root, /usr/local/lib/onlyone for the library's folder.  The block is $name of
# $page.
# shellcheck shell=bash disable=SC2016,SC2154
load lib/manual

block() { example "$page" "$name"; }

# normal: with what may differ replaced, and less colours, and what the shell says
# of its jobs.
normal() {
	tr -d '\r\a' | sed -E "
		s/\x1b\[[0-9;]*m//g; /^\[[0-9]+\]/d
		${THERE:+s#$HOME/bin/#$THERE/#g;} s#$HOME#/home/me#g
		s#$ONLYONE_DIR#/run/onlyone/1000#g
		s#$(realpath "$BUILD")/(libonlyone.so|onlyone-raise)#/usr/local/lib/onlyone/\1#g
		/^ok +enforcement is not for all users/d # a build of the user's own
		s#pts/[0-9]+#pts/N#g; s/^(ok     kernel: ).*/\1N/; s/[0-9a-f]{32}/HASH/g
		s/ +/ /g; /^[0-9]+\$/!s/[0-9]+ (second|minute)s?/AGE/g
		/^[0-9]+\$/!s/[0-9]{2,}/N/g"
}

# session [STEP...]: type the block into a terminal that shows what is printed and no
# more, and take these steps (terminal.py) while its last command runs; it must show
# what the page says.  A command waits for the prompt, and where it is in the background
# for its instance (and the file $UP, where its program makes one); README's are pasted
# as a whole.  If no instance is left, nothing is.
session() {
	local line n="onlyonectl list --json | jq length" steps=('<\x07')
	local count=$BATS_TEST_TMPDIR/count shown=$BATS_TEST_TMPDIR/shown
	block >"$BATS_TEST_TMPDIR/block"
	while IFS= read -r line; do
		line=${line#[$>] }
		if [[ $page != README.md && $line == *' &' ]]; then
			steps+=("!$n >'$count'" ">$line\\r"
				"!until [ \"\$($n)\" != \"\$(cat '$count')\" ] &&
				{ [ -z \"\$UP\" ] || [ -e \"\$UP\" ]; }; do /bin/sleep 0.02; done")
		else
			steps+=(">${line//\\/\\\\}\\r")
		fi
		[ "$page" = README.md ] || steps+=('<\x07')
	done < <(grep '^[$>] ' "$BATS_TEST_TMPDIR/block")
	((${#steps[@]} > 1))
	(($# == 0)) || steps=("${steps[@]::${#steps[@]}-1}" "$@" '<\x07')
	HISTFILE='' PS1='\a' PS2='\a' timeout -k 5 $((5 * LIMIT)) \
		"$BATS_TEST_DIRNAME/lib/terminal.py" "stty -echo ${THERE:+cols 250}
		exec bash --norc --noprofile --noediting -i" "${steps[@]}" \
		'>exec true\r' . </dev/null >"$shown" 2>&1 3>&- ||
		fail "$page, $name: $(<"$shown")"
	compared
	if [ -z "$LEAVES" ] && [ "$(ctl list --json | jq length)" = 0 ]; then
		wait_until 'nothing is left of it' prints '' offspring
	fi
}

# compared: what was shown is what is wanted.
compared() {
	local want got i
	mapfile -t want < <(grep -v '^[$>] ' "$BATS_TEST_TMPDIR/block" | normal)
	mapfile -t got < <(normal <"$shown")
	for i in "${!want[@]}"; do
		[[ ${want[i]} != *... ]] || got[i]="${got[i]::${#want[i]}-3}..."
	done
	diff <(printf '%s\n' "${want[@]}") <(printf '%s\n' "${got[@]}") >&2 ||
		fail "$page, $name: $(<"$shown")"
}
