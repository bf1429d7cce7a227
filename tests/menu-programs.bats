# as: user (menu entries and a session bus belong to a user)
# run: desktop
# menu-programs.bats: programs of this machine, launched from their menu entries after
# enable --desktop, on a bus and a desktop of the test's own.
# bats file_tags=not-core
load lib/x11

own_setup() {
	export HOME=$PWD/home XDG_DATA_HOME=$PWD/home/data XDG_RUNTIME_DIR=$PWD/run
	export LIBGL_ALWAYS_SOFTWARE=1
	unset XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_DIRS XDG_CURRENT_DESKTOP
	mkdir -p -m 700 "$HOME" "$XDG_RUNTIME_DIR"
	desk
	# In the folder where the bus of a user lies.
	begin dbus-daemon --session --nofork --nopidfile \
		--address="unix:path=$XDG_RUNTIME_DIR/bus" >/dev/null 2>&1
	wait_until 'the bus is there' test -S "$XDG_RUNTIME_DIR/bus"
	export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus
	for name in a b c; do
		echo "$name" >"doc$name.txt"
		convert -size 90x90 xc:red "doc$name.png"
	done
}

# by HOW ID PROGRAM FILE: open the file, as gtk-launch and gio do, as another
# program does over the bus, or by the program's name.
by() {
	local file=$PWD/$4
	case $1 in
	gtk) timeout $LIMIT gtk-launch "$2" "$file" ;;
	gio) timeout $LIMIT gio launch "$XDG_DATA_HOME/applications/$2.desktop" "$file" ;;
	bus) timeout $LIMIT gdbus call --session -d "$2" -o "/${2//[.]//}" \
		-m org.freedesktop.Application.Open "['file://$file']" '{}' ;;
	name) begin "$3" "$file" ;;
	esac </dev/null >/dev/null 2>&1 3>&-
}

# processes NAME: how many there are on this display.
processes() {
	local pid n=0
	for pid in $(pgrep -f "$1"); do
		[ "$pid" != "$$" ] && grep -qz "^DISPLAY=$DISPLAY$" \
			"/proc/$pid/environ" 2>/dev/null &&
			[[ $(tr '\0' ' ' <"/proc/$pid/cmdline") =~ ^([^ ]*/)?$1\  ]] &&
			n=$((n + 1))
	done
	echo "$n"
}

# one PROGRAM: one process, which is the instance, and the cover is behind it.
one() {
	[ "$(ctl count "$1")" = 1 ] && [ "$(processes "$1")" = 1 ] &&
		[ "$(active)" != "$COVER" ]
}

@test "bus: by gtk-launch, gio, the bus, its name, in any order, it is one instance, which opens the second file and is in front; disable leaves the installed service" {
	local order id=org.gnome.TextEditor app=gnome-text-editor
	needs gnome-text-editor gnome-text-editor
	needs libgtk-3-bin gtk-launch
	onlyonectl -q enable --desktop $app
	for order in 'gtk gtk' 'gio bus' 'bus gtk' 'name gtk' 'gtk name' 'bus gio'; do
		echo "# $order" >&2
		by "${order% *}" $id $app doca.txt
		wait_until 'its window is there' window_named 'doca.txt|Text Editor'
		# It is the instance at once, however it was started, except by its name.
		[[ $order == name* ]] || wait_until 'it is the instance' prints 1 ctl count $app
		cover
		over_it=$BEGUN
		by "${order#* }" $id $app docb.txt
		wait_until 'the second file is open' titled docb.txt
		wait_until 'it is one, in front' one $app
		over
		onlyonectl stop -q --kill-after=5 $app
		wait_until 'its windows are closed' unnamed 'Text Editor'
		frees_all
		kill "$over_it"
		wait_until 'the cover has gone' unnamed cover
	done
	onlyonectl disable $app
	by bus $id $app docc.txt
	wait_until 'it is started by the bus' titled docc.txt
	assert_equal "$(ctl list --json | jq length)" 0
}

# over: no launch is left: one that still hands over starts what has ended again.
over() { wait_until 'the launches are over' refute pgrep -f 'onlyone .*-- '; }

# frees_all: no instance is left.
frees_all() { wait_until 'none is left' prints '[]' ctl list --json; }

@test "pictures: what a file manager opens is on the screen, each of them (feh); one that is single by itself stays one (geeqie)" {
	local how
	needs feh feh
	needs geeqie geeqie
	onlyonectl -q enable --desktop feh
	by gio feh feh doca.png
	wait_until 'the first is there' titled doca.png
	by gio feh feh docb.png
	wait_until 'the second is there' titled docb.png
	assert_equal "$(ctl count feh)" 2
	cover
	by gio feh feh doca.png
	wait_until 'the first is in front' eval '[ "$(active)" = "$(window_named doca.png)" ]'
	assert_equal "$(ctl count feh)" 2
	over
	onlyonectl stop -q --all --kill-after=5 feh
	frees_all
	# Its socket lies in there, and its path has an end.
	XDG_CONFIG_HOME=$(mktemp -d)
	LITTER+=("$XDG_CONFIG_HOME")
	export XDG_CONFIG_HOME
	onlyonectl -q enable --desktop geeqie
	by gio geeqie geeqie doca.png
	wait_until 'the first is there' titled doca.png
	for how in docb.png doca.png; do
		again_covered
		by gio geeqie geeqie $how
		wait_until "it shows $how" titled "$how"
		wait_until 'it is in front' eval '[ "$(active)" != "$COVER" ]'
		assert_equal "$(processes geeqie)" 1
	done
}

@test "links: scite and qmmp are found by the entries of SciTE and qmmp-1" {
	needs scite scite
	needs qmmp qmmp
	run -0 onlyonectl enable --desktop scite
	assert_output --partial 'these now start through onlyone: SciTE.desktop'
	run -0 onlyonectl enable --desktop qmmp
	assert_output --partial 'qmmp-1.desktop'
	by gio SciTE scite doca.txt
	wait_until 'it is there' titled doca.txt
	assert_equal "$(ctl count scite)" 1
	onlyonectl stop -q --all --kill-after=5 scite
}

@test "types: kate does not take text from the program that had it" {
	local type
	needs kate kate
	before=$(LC_ALL=C gio mime text/plain | head -n 1)
	[[ $before != *kate* && $before == *desktop ]]
	xdg=$(xdg-mime query default text/plain)
	onlyonectl -q enable --desktop kate
	prints "$before" eval 'LC_ALL=C gio mime text/plain | head -n 1'
	prints "$xdg" xdg-mime query default text/plain
	onlyonectl disable kate
	prints "$before" eval 'LC_ALL=C gio mime text/plain | head -n 1'
}
