# as: user (a session bus belongs to a user)
# raise-bus.bats: applications on the session bus are activated and given documents,
# and notifications are shown; all works without a bus, too.
load lib/x11

# bus: a session bus of one's own; $BUS is its pid.
bus() {
	cat >bus.conf <<-END
		<busconfig>
		  <type>session</type>
		  <listen>unix:path=$PWD/bus</listen>
		  <servicedir>$PWD</servicedir>
		  <policy context="default">
		    <allow send_destination="*" eavesdrop="true"/>
		    <allow eavesdrop="true"/>
		    <allow own="*"/>
		  </policy>
		</busconfig>
	END
	: >address
	begin BUS= dbus-daemon --config-file=bus.conf --nofork \
		--print-address=7 7>address >/dev/null 2>&1
	wait_until 'the bus is there' grep -q . address
	DBUS_SESSION_BUS_ADDRESS=$(<address)
	export DBUS_SESSION_BUS_ADDRESS
}

export SERVICE=$BATS_TEST_DIRNAME/lib/service.py

service() { begin_guest "$SERVICE" "$@"; }

# calls: how the services were called; called LINES: so, and that is over.
calls() { grep -v ' main$' "$GUEST_LOG" || true; }

called() {
	assert_equal "$(calls)" "$1"
	: >"$GUEST_LOG"
}

# The guest would also note that it may be started for a call.
@test "bus: an application is activated, with both tokens; files are opened as URIs" {
	bus
	service application org.example.Other
	service application org.example.Some-app1
	comes_to 0 raised --dbus --startup-id=token_TIME5 "$BEGUN"
	called 'org.example.Some-app1 Activate desktop-startup-id=token_TIME5 activation-token=token_TIME5'
	XDG_ACTIVATION_TOKEN=wayland comes_to 0 raised --dbus --startup-id=token "$BEGUN"
	called 'org.example.Some-app1 Activate desktop-startup-id=wayland activation-token=wayland'
	# Not without being asked.
	comes_to 3 'no display' "$BEGUN"
	called ''
	mkdir 'a b'
	cd 'a b'
	here=file://$BATS_TEST_TMPDIR/here/a%20b
	comes_to 0 raised --dbus "$BEGUN" 'x%y #?.txt' /abs/ü ./-z \
		http://host/a%20b?c#d file:///x C:/y 1://z $'\xff\n' :// "!\$&'()*+,;=:@~_"
	called "org.example.Some-app1 Open$(printf ' <%s>' \
		"$here/x%25y%20%23%3F.txt" file:///abs/%C3%BC "$here/./-z" \
		'http://host/a%20b?c#d' file:///x "$here/C:/y" "$here/1://z" \
		"$here/%FF%0A" "$here/://" "$here/!\$&'()*+,;=:@~_")"
}

@test "bus: of several the nearest application; who refuses, or hangs, has not taken it" {
	bus
	service bare org.example.a application org.example.b bare org.example.c
	comes_to 0 raised --dbus "$BEGUN"
	called 'org.example.b Activate'
	# It has an application below it; so has what it has started.
	begin script= sh -c '"$SERVICE" application org.example.A; exit 3'
	wait_until 'it is there' grep -q main "$GUEST_LOG"
	comes_to 0 raised --dbus "$script"
	called 'org.example.A Activate'
	ONLYONE_SLOT=/some/slot service application org.example.marked
	comes_to 0 raised --dbus --mark=/some/slot "$script"
	called 'org.example.A Activate'
	comes_to 0 raised --dbus --mark=/some/slot $$
	called "$(calls | head -n 1)"
	service bare org.example.d
	comes_to 3 'no display' --dbus "$BEGUN"
	comes_to 1 'no window' --dbus "$BEGUN" file
	service refuses org.example.e application org.example.f
	asked='asked for its window; not known whether it came'
	comes_to 2 "$asked" --dbus "$BEGUN"
	comes_to 2 "$asked" --dbus "$BEGUN" file
	assert_equal "$(calls | awk '{ print $1, $2 }' | sort)" \
		$'org.example.e Activate\norg.example.e Open'
	desk
	begin pid= mousepad </dev/null >/dev/null 2>&1
	wait_until 'its window is there' on_top "$pid"
	echo hello >'a document'
	run -0 raise --dbus --startup-id=some_TIME0 "$pid" 'a document'
	wait_until 'it is open' window_named 'a document'
	cover
	stopped "$pid"
	comes_to 4 'raised, but the program does not respond' --dbus --limit=1 "$pid"
	on_top "$pid"
	comes_to 2 "$asked" --dbus --limit=1 "$pid" file
}

@test "bus: none, or one that is stopped, or no library for it: no display" {
	without() { # no bus is found, whatever is asked
		comes_to 3 'no display' --dbus --limit=0.4 $$ file
		run -3 raise --limit=0.4 --notify=text $$
	}
	bus
	service application org.example.a
	address=$DBUS_SESSION_BUS_ADDRESS
	unset DBUS_SESSION_BUS_ADDRESS
	export XDG_RUNTIME_DIR=$PWD
	comes_to 0 raised --dbus "$BEGUN"
	export DBUS_SESSION_BUS_ADDRESS=$address
	mkdir lib
	cc -shared -o lib/libsystemd.so.0 -x c /dev/null
	LD_LIBRARY_PATH=$PWD/lib comes_to 3 'no display' --dbus "$BEGUN"
	stopped "$BUS"
	without
	killed "$BUS"
	without
	for address in '' nonsense disabled: unix:path=/nowhere; do
		export DBUS_SESSION_BUS_ADDRESS=$address
		without
	done
	unset DBUS_SESSION_BUS_ADDRESS
	without
}

@test "bus: a notification, which is no markup, and whose server is started" {
	bus
	service notes org.freedesktop.Notifications
	run -0 raise --notify=$'a <b>\n& \xff\t' $$
	run -0 raise --notify=text --title=$'app <\x01>' $$
	called 'Notify onlyone 0 <> <onlyone> <a <b>
& \377\011>
Notify onlyone 0 <> <app <\001>> <text>'
	killed "$BEGUN"
	printf '[D-BUS Service]\nName=%s\nExec=%s\n' org.freedesktop.Notifications \
		"$SERVICE markup org.freedesktop.Notifications" \
		>org.freedesktop.Notifications.service
	kill -HUP "$BUS"
	# It rereads its folders at some time.
	wait_until 'it was shown' notified
	grep -qx 'Notify onlyone 0 <> <onlyone> <a &lt;b&gt; &amp;>' "$GUEST_LOG"
}

notified() {
	raise --notify='a <b> &' $$
	grep -q Notify "$GUEST_LOG"
}
