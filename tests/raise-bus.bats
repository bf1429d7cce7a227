#!/usr/bin/env bats
# as: user (a session's bus is its user's)
# raise-bus.bats: applications on the session bus are activated and given
# documents, and notifications are shown; a bus is never needed.
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

service() { begin_guest "$GUESTS/service" "$@"; }

# calls: how the services were called.
calls() { grep -v ' main$' "$GUEST_LOG" || true; }

# The guest would also note that it may be started for a call.
@test "bus: an application is activated, with the token under both names" {
	bus
	service application org.example.Other
	service application org.example.Some-app1
	comes_to 0 raised --dbus --startup-id=token_TIME5 "$BEGUN"
	assert_equal "$(calls)" 'org.example.Some-app1 Activate desktop-startup-id=token_TIME5 activation-token=token_TIME5'
	: >"$GUEST_LOG"
	XDG_ACTIVATION_TOKEN=wayland comes_to 0 raised --dbus \
		--startup-id=token "$BEGUN"
	assert_equal "$(calls)" 'org.example.Some-app1 Activate desktop-startup-id=wayland activation-token=wayland'
	: >"$GUEST_LOG"
	comes_to 0 raised --dbus "$BEGUN"
	assert_equal "$(calls)" 'org.example.Some-app1 Activate'
	# Bytes that no message can have are no token.
	: >"$GUEST_LOG"
	comes_to 0 raised --dbus --startup-id=$'a\xff' "$BEGUN"
	assert_equal "$(calls)" 'org.example.Some-app1 Activate'
	# Not without being asked.
	: >"$GUEST_LOG"
	comes_to 3 'no display' "$BEGUN"
	assert_equal "$(calls)" ''
}

@test "bus: files are opened as URIs" {
	bus
	service application org.example.app
	mkdir 'a b'
	cd 'a b'
	comes_to 0 raised --dbus "$BEGUN" 'x%y #?.txt' /abs/ü ./-z \
		http://host/a%20b?c#d file:///x C:/y 1://z $'\xff\n' :// \
		"!\$&'()*+,;=:@~_"
	assert_equal "$(calls)" "org.example.app Open$(printf ' <%s>' \
		"file://$BATS_TEST_TMPDIR/here/a%20b/x%25y%20%23%3F.txt" \
		file:///abs/%C3%BC \
		"file://$BATS_TEST_TMPDIR/here/a%20b/./-z" \
		'http://host/a%20b?c#d' file:///x \
		"file://$BATS_TEST_TMPDIR/here/a%20b/C:/y" \
		"file://$BATS_TEST_TMPDIR/here/a%20b/1://z" \
		"file://$BATS_TEST_TMPDIR/here/a%20b/%FF%0A" \
		"file://$BATS_TEST_TMPDIR/here/a%20b/://" \
		"file://$BATS_TEST_TMPDIR/here/a%20b/!\$&'()*+,;=:@~_")"
	# As many as a command line has.
	: >"$GUEST_LOG"
	run raise --dbus "$BEGUN" $(seq 10000)
	# It may take longer to answer than we wait.
	[ "$status" = 0 ] || [ "$status" = 2 ]
	wait_until 'all have come' eval \
		'[ "$(calls | tr " " "\n" | grep -c file://)" = 10000 ]'
}

@test "bus: of several names the one that is an application, nearest first" {
	bus
	service bare org.example.a application org.example.b bare org.example.c
	comes_to 0 raised --dbus "$BEGUN"
	assert_equal "$(calls)" 'org.example.b Activate'
	# It has an application below it; so has what it has started.
	: >"$GUEST_LOG"
	begin script= sh -c '"$GUESTS/service" application org.example.A; exit 3'
	wait_until 'it is there' grep -q main "$GUEST_LOG"
	comes_to 0 raised --dbus "$script"
	assert_equal "$(calls)" 'org.example.A Activate'
	: >"$GUEST_LOG"
	ONLYONE_SLOT=/some/slot service application org.example.marked
	comes_to 0 raised --dbus --mark=/some/slot "$script"
	assert_equal "$(calls)" 'org.example.A Activate'
	: >"$GUEST_LOG"
	comes_to 0 raised --dbus --mark=/some/slot $$
	assert_equal "$(calls | wc -l)" 1
}

@test "bus: who is no application, or refuses, has not taken it" {
	bus
	service bare org.example.a
	comes_to 3 'no display' --dbus "$BEGUN"
	comes_to 1 'no window' --dbus "$BEGUN" file
	service refuses org.example.b application org.example.c
	refuses=$BEGUN
	comes_to 2 'asked for its window; not known whether it came' --dbus "$refuses"
	comes_to 2 'asked for its window; not known whether it came' --dbus "$refuses" file
	assert_equal "$(calls | sort | uniq -c | awk '{ print $1, $2, $3 }')" \
		$'1 org.example.b Activate\n1 org.example.b Open'
}

@test "bus: a program that hangs is raised all the same, and that is said" {
	bus
	desk
	begin pid= mousepad </dev/null >/dev/null 2>&1
	wait_until 'its window is there' on_top "$pid"
	cover
	stopped "$pid"
	comes_to 4 'raised, but the program does not respond' --dbus --limit=1 "$pid"
	on_top "$pid"
	prints 'asked for its window; not known whether it came' raise -v --dbus --limit=1 "$pid" file
}

@test "bus: no bus, one that is stopped, one that is none: no display" {
	service_less() {
		comes_to 3 'no display' --dbus --limit=0.4 $$ file
		run -3 raise --limit=0.4 --notify=text $$
	}
	bus
	stopped "$BUS"
	service_less
	killed "$BUS"
	service_less
	for address in '' nonsense disabled: unix:path=/nowhere; do
		export DBUS_SESSION_BUS_ADDRESS=$address
		service_less
	done
	unset DBUS_SESSION_BUS_ADDRESS
	service_less
	XDG_RUNTIME_DIR=$PWD
	export XDG_RUNTIME_DIR
	service_less
	rm bus
	service_less
}

@test "bus: found in the runtime folder" {
	bus
	service application org.example.a
	unset DBUS_SESSION_BUS_ADDRESS
	XDG_RUNTIME_DIR=$PWD comes_to 0 raised --dbus "$BEGUN"
}

@test "bus: without libsystemd, or with another one, there is no bus" {
	bus
	service application org.example.a
	comes_to 0 raised --dbus "$BEGUN"
	mkdir lib
	echo nothing >lib/libsystemd.so.0
	LD_LIBRARY_PATH=$PWD/lib comes_to 3 'no display' --dbus "$BEGUN"
	cc -shared -o lib/libsystemd.so.0 -x c /dev/null
	LD_LIBRARY_PATH=$PWD/lib comes_to 3 'no display' --dbus "$BEGUN"
}

@test "bus: libsystemd is loaded only if there is a bus" {
	unset DBUS_SESSION_BUS_ADDRESS
	run strace -f -e trace=openat -o trace onlyone-raise --dbus $$
	run ! grep -q libsystemd trace
	bus
	run strace -f -e trace=openat -o trace onlyone-raise $$
	run ! grep -q libsystemd trace
	run strace -f -e trace=openat -o trace onlyone-raise --dbus $$
	grep -q libsystemd trace
}

@test "bus: a notification" {
	bus
	service notes org.freedesktop.Notifications
	run -0 raise --notify=$'a <b>\n& \xff\t' $$
	run -0 raise --notify=text --title=$'app <\x01>' $$
	assert_equal "$(calls)" 'Notify onlyone 0 <> <onlyone> <a <b>
& \377\011>
Notify onlyone 0 <> <app <\001>> <text>'
}

@test "bus: a notification is no markup, and its server is started" {
	bus
	printf '[D-BUS Service]\nName=%s\nExec=%s\n' \
		org.freedesktop.Notifications \
		"$GUESTS/service markup org.freedesktop.Notifications" \
		>org.freedesktop.Notifications.service
	# It dies of this signal as long as it has not begun to serve.
	wait_until 'the bus serves' dbus-send --print-reply \
		--dest=org.freedesktop.DBus / org.freedesktop.DBus.GetId
	kill -HUP "$BUS"
	# It reads its folders anew some time.
	wait_until 'it was shown' notified
	grep -qx 'Notify onlyone 0 <> <onlyone> <a &lt;b&gt; &amp;>' \
		"$GUEST_LOG"
}

notified() {
	raise --notify='a <b> &' $$
	grep -q Notify "$GUEST_LOG"
}

@test "bus: mousepad opens a document" {
	bus
	xserver
	begin pid= mousepad </dev/null >/dev/null 2>&1
	wait_until 'its window is there' window_named Untitled
	echo hello >'a document'
	run -0 raise --dbus --startup-id=some_TIME0 "$pid" 'a document'
	wait_until 'it is open' window_named 'a document'
	alive "$pid"
}
