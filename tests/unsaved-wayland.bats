# unsaved-wayland.bats: stop and --replace, of programs that ask their user
# first, on GNOME and KDE.
# as: user (compositors and their programs run as one)
# run: desktop
#
# As unsaved.bats.  On GNOME only the program itself knows its windows and can close
# them: our library in it does both.
load lib/gnome
load lib/kwin
load lib/compositor

ALT=56 ESC=1 S=31 X=45 LONG=600

# unsaved: its title says so.
unsaved() { titles | grep -qE '^[•*]|[*]$|[*] |[*]"'; }

titles() { "${COMPOSITOR}_titles" "$OWN"; }
windows_are() { [ "$(titles | wc -l)" = "$1" ]; }

# asks COMMAND...: $ASKER, until the program asks its user; what is said is in ./said.
asks() {
	begin ASKER= "$@" 2>said
	wait_until 'it asks' windows_are 2
	# Its window, which had the keyboard for a moment, is gone then.
	wait_until 'the helper has ended' no_helper
}

no_helper() {
	[[ $(ps -o args= --ppid "$(keeper_of "${PROGRAM[0]}")") != *--close* ]]
}

# unhurt N: it runs, with so many windows, and what was typed.
unhurt() {
	alive "$STARTS"
	wait_until "its windows: $1" windows_are "$1"
	unsaved
	assert_equal "$(ctl pid "${PROGRAM[0]}")" "$STARTS"
}

# cancelled COMMAND...: asked whether to close, its user does that: no signal.
cancelled() {
	cover
	for asker in 'onlyonectl stop' 'onlyone --replace'; do
		asks $asker -w $LONG "${PROGRAM[@]}"
		"$@"
		unhurt 1
		ended_by TERM "$ASKER"
		unhurt 1
	done
	killed "$COVER"
}

# until_typed KEY COMMAND...: for wait_until: what comes before the question has the
# keyboard is lost.
until_typed() { press "$1" && "${@:2}"; }

@test "GNOME: cancelled, it goes on, and no signal comes; saved, the new one has the place and the text" {
	compositor gnome
	program mousepad letter
	wait_until 'it has text that is not saved' until_typed $X unsaved
	# stop takes a name alone.
	PROGRAM=(mousepad)
	cancelled wait_until 'it is cancelled' until_typed $ESC windows_are 1
	asks onlyone --replace -w $LONG mousepad letter
	wait_until 'it is saved' until_typed $ALT+$S gone "$STARTS"
	ends "$STARTS" 0
	wait_until 'it is the new one' pid_is mousepad "$ASKER"
	[ -s letter ]
}

@test "KWin: kate: cancelled, it goes on, and nothing ends it but what is told to; what has nothing to ask closes" {
	compositor kwin
	# There is no typing there.
	echo precious >text
	PROGRAM=(kate)
	begin STARTS= sh -c 'exec onlyone kate --block --stdin <text' \
		>"$RUNTIME/program.log" 2>&1
	wait_until 'the window of kate has the focus' shown_by "$STARTS"
	OWN=$WINDOW
	wait_until 'it has text that is not saved' unsaved
	# A question that is closed is cancelled.
	cancelled kwin_windows "$OWN" 'if (c.dialog || c.transient) c.closeWindow()'
	asks onlyonectl stop kate -w 3
	ends "$ASKER" 75
	grep -qF "(pid $STARTS) did not close in 3 s: it may have unsaved" said
	unhurt 2
	run -0 ctl stop kate -w 4 --kill-after=1
	ended "$STARTS"
	program okular
	cover
	run -0 ctl stop okular -w $LONG
	ends "$STARTS" 0
}
