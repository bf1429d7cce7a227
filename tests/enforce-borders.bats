#!/usr/bin/env bats
# as: root
# enforce-borders.bats: what enforcement does at the borders of a session.
#
# Where privileges change the loader drops LD_PRELOAD, or who starts the program
# gives it an environment of its own; where /proc or the command is missing the
# program runs.  Each has the way out beside it: onlyone in front.
load lib/world
load lib/enforce

own_setup() {
	cp "$GUESTS/guest" "$place/app"
	cat >>"$place/prelude" <<-'END'
		app=${mine%/*}/app
		enforced() {
			timeout $LIMIT env ONLYONE_ENFORCE="$1" LD_PRELOAD="$SHIM" \
				"${@:2}"
		}
	END
}

@test "border: a set-user-ID program is not reached; onlyone in front of it is" {
	within '
	cp "$app" "$app.suid"
	chmod 4755 "$app.suid"
	chown 1000:1000 "$mine"
	user env ONLYONE_ENFORCE=app.suid LD_PRELOAD="$SHIM" "$app.suid" &
	until_true has main
	gives 5 user env ONLYONE_ENFORCE=app.suid LD_PRELOAD="$SHIM" \
		"$app.suid" exit 5
	is "$(user onlyonectl list --json)" "[]"
	kill -KILL "$(sed -n "s/ main.*//p" "$GUEST_LOG" | head -n 1)"
	: >"$GUEST_LOG"
	user onlyone "$app.suid" &
	until_true has main
	gives 0 user onlyone "$app.suid" exit 5
	is "$(constructors)" 1
	kill -KILL "$(sed -n "s/ main.*//p" "$GUEST_LOG" | head -n 1)"
	until_true empty'
}

@test "border: sudo clears the environment; onlyone behind it is the way out" {
	within '
	enforced app "$app" &
	until_true has main
	gives 5 enforced app sudo -n ONLYONE_DIR="$ONLYONE_DIR" \
		GUEST_LOG="$GUEST_LOG" "$app" exit 5
	is "$(constructors)" 2
	gives 0 enforced app sudo -n ONLYONE_DIR="$ONLYONE_DIR" \
		GUEST_LOG="$GUEST_LOG" "$(command -v onlyone)" "$app" exit 5
	is "$(constructors)" 2
	kill -KILL "$(onlyonectl pid "$app")"
	until_true empty'
}

@test "border: su keeps the environment, su with a login does not" {
	wants entry
	within '
	export app
	enforced app "$app" &
	until_true has main
	gives 0 enforced app su -p -c "\"\$app\" exit 5" root
	is "$(constructors)" 1
	gives 5 enforced app su - -c "$app exit 5" root
	is "$(onlyonectl count "$app")" 1
	kill -KILL "$(onlyonectl pid "$app")"
	until_true empty'
}

@test "border: without /proc the program runs" {
	within '
	mount -t tmpfs none /proc
	gives 5 enforced app "$app" exit 5
	is "$(cat "$mine.said")" ""
	is "$(constructors)" 1'
}

@test "border: in a container without us the loader says so, and it runs" {
	within '
	mkdir "$mine.root"
	cp --parents -L "$app" $(ldd "$app" | grep -o "/[^ ]*") "$mine.root"
	gives 5 enforced app env -u GUEST_LOG chroot "$mine.root" "$app" exit 5
	grep -q "cannot be preloaded" "$mine.said"
	# With the library alone: it runs, and nothing is said.
	cp --parents "$SHIM" "$mine.root"
	gives 5 enforced app env -u GUEST_LOG chroot "$mine.root" "$app" exit 5
	is "$(cat "$mine.said")" ""'
}

@test "border: a rule of root is there for everybody, and one of others is not" {
	within '
	mount -t tmpfs none /etc/onlyone 2>/dev/null || {
		mkdir -p "$mine.etc"
		cp -a /etc/. "$mine.etc"
		mount --bind "$mine.etc" /etc
		mkdir -p /etc/onlyone
	}
	mkdir -m 755 /etc/onlyone/rules
	chown 1000:1000 "$mine"
	: >/etc/onlyone/rules/app
	user env LD_PRELOAD="$SHIM" "$app" &
	until_true has main
	gives 0 user env LD_PRELOAD="$SHIM" "$app" exit 5
	is "$(constructors)" 1
	chown 1234 /etc/onlyone/rules/app
	gives 5 user env LD_PRELOAD="$SHIM" "$app" exit 5
	kill -KILL "$(sed -n "s/ main.*//p" "$GUEST_LOG" | head -n 1)"
	until_true empty'
}
