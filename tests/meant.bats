# as: user (only messages)
# meant.bats: errors with a way out.
#
# A mistyped word, or one of another program's, is answered with what was probably
# meant; the exit status is that of the error.
load lib/script

@test "hint: an option, verb, value, key, signal, handler, or what is for the shell" {
	export HOME=$PWD
	# Each says one line, which has these words; nothing has run.
	while IFS='|' read -r code words line; do
		echo "$line" >&2
		eval "run -$code --separate-stderr $line"
		assert_equal "$output" ''
		[[ $stderr == "${line%% *}: "*"$words"* && ${#stderr_lines[@]} = 1 ]] ||
			fail "$stderr"
	done <<-'END'
		64|did you mean --skip?|onlyone --sikp true
		64|did you mean path:?|onlyone -k '{pth:1}' true
		64|did you mean TERM?|onlyone --signal=TREM true
		64|did you mean auto?|onlyonectl enable sleep --on-activate=atuo
		64|did you mean stop?|onlyonectl kill job
		64|: onlyonectl enable x --skip|onlyonectl enable --skip x
		127|: --wait=5|onlyone --wait 5 true
		127|onlyonectl list|onlyone list
		127|-c 'cd ...'|onlyone cd /
	END
	untouched
	[ ! -e .config/onlyone/rules/sleep ]
}

@test "hint: none where nothing is near, and what is a program or a command counts" {
	while IFS='|' read -r code words line; do
		eval "run -$code timeout -k 5 $LIMIT $line"
		refute_output --partial "$words"
	done <<-'END'
		64|did you mean|onlyone --nonsense true
		127|=|onlyone --skip 5 true
	END
	mkdir bin
	PATH=$PWD/bin:$PATH
	for name in list 5 F=1 cd; do
		script "bin/$name" /bin/sh 'echo "it: $*"'
		prints -0 'it: x' launch --wait "$name" x
	done
	script bin/aut /bin/sh 'echo handled'
	begin_guest onlyone --on-activate=none --on-activate=aut "$GUEST"
	prints handled launch "$GUEST" x
}

@test "enable, disable: a folder that may not be written to is 77, and says so" {
	entries=$HOME/.local/share/applications
	mkdir -p "$entries" share/applications
	printf '[Desktop Entry]\nType=Application\nName=x\nExec=true\n' >share/applications/app.desktop
	export XDG_DATA_DIRS=$PWD/share
	ctl -q enable --link app -n
	while read -r folder words; do
		echo "$words" >&2
		chmod 500 "$HOME/$folder"
		prints -77 --partial ': Permission denied' ctl $words
		chmod 700 "$HOME/$folder"
	done <<-'END'
		.config/onlyone/rules enable app --skip
		.config/onlyone/rules disable app
		.local/lib/onlyone/bin enable --link other
		.local/lib/onlyone/bin disable app
		.local/share/applications enable --desktop app.desktop
	END
	[ ! -e "$HOME/.config/onlyone/rules/other" ]
}
