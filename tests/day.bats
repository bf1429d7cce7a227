#!/usr/bin/env bats
# as: user (programs of a desktop run as one)
# run: desktop
# day.bats: a day's use of real programs that no row knows, on X11: after each
# launch that program has a window.  programs-table.bats has those with a row.
load lib/x11
load lib/documents
load lib/enforce

own_setup() {
	desk
	session_bus
	cat >saves.tcl <<-'END'
		wm protocol . WM_DELETE_WINDOW {wm withdraw .; after 3000 exit}
	END
	cat >gtk4.py <<-'END'
		import gi
		gi.require_version('Gtk', '4.0')
		from gi.repository import GLib, Gtk
		Gtk.init()
		loop = GLib.MainLoop()
		window = Gtk.Window(title='gtk4')
		window.connect('close-request', lambda _: loop.quit())
		window.present()
		loop.run()
	END
	cat >Swing.java <<-'END'
		public class Swing {
			public static void main(String[] args) {
				var frame = new javax.swing.JFrame("Swing");
				frame.setDefaultCloseOperation(javax.swing.JFrame.EXIT_ON_CLOSE);
				frame.setSize(200, 100);
				frame.setVisible(true);
			}
		}
	END
	javac Swing.java
	document_picture 1
}

# ours: the windows of the program.
ours() { windows | grep -vxF "${COVER-none}" | grep .; }

# shown: it has one, in front, and is one instance; the launch is that, or over.
shown() {
	local pids
	look
	[ "${ACTIVE:-0x0}" != 0x0 ] && [ "$ACTIVE" != "${COVER-}" ] &&
		[ "$(top_of)" = "$ACTIVE" ] || return
	mapfile -t pids < <(ctl list --json | jq '.[].pid')
	[ "${#pids[@]}" = 1 ] && { [ "${pids[0]}" = "$BEGUN" ] || gone "$BEGUN"; }
}

# launched WHEN: a launch ends with 0, or is the instance; there is a window.
launched() {
	echo "$COMMAND: $1" >&2
	begin "${BY[@]}" $COMMAND </dev/null >>said 2>&1
	wait_until "$COMMAND: $1" shown ||
		fail "$(ctl list; windows; tail -n 5 said)"
	! gone "$BEGUN" || wait "$BEGUN"
}

# closed: its windows were, and none is left.
closed() {
	local window
	for window in $(ours); do wmctrl -i -c "$window" || true; done
	! ours && ! wmctrl -l | grep .
}

day() {
	local pids
	unset COVER
	launched first
	cover
	launched behind
	killed "$(pid_of "$COVER")"
	unset COVER
	wait_until "$COMMAND: it is closed" closed
	launched closed
	mapfile -t pids < <(ctl list --json | jq '.[].pid')
	kill -SEGV "${pids[@]}"
	ended "${pids[@]}"
	launched crashed
	mapfile -t pids < <(ctl list --json | jq '.[].pid')
	killed "${pids[@]}"
	wait_until "$COMMAND: nothing is left" eval '! ours && no_slots' ||
		fail "$(ctl list; windows; tail -n 5 said)"
}

# How it is launched, its Debian package, its command.
@test "programs of GTK, Qt, Tk, Swing and none: no launch is lost, on X11" {
	while read -r how _ COMMAND; do
		BY=(onlyone)
		case $how in
		doc) BY+=(-d) ;;
		rule) BY=(env "ONLYONE_ENFORCE=$COMMAND" "LD_PRELOAD=$SHIM") ;;
		esac
		day
	done <<-'END'
		plain pluma pluma
		plain gnome-calculator gnome-calculator
		plain python3-gi+gir1.2-gtk-4.0 /usr/bin/python3 gtk4.py
		rule qalculate-gtk qalculate-gtk
		plain keepassxc keepassxc
		rule speedcrunch speedcrunch
		plain cutemaze /usr/games/cutemaze
		plain tk wish saves.tcl
		plain openjdk-17-jre java Swing
		doc nsxiv nsxiv doc1.ppm
		doc feh feh doc1.ppm
		plain x11-apps xcalc
	END
}
