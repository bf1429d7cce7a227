# as: root
# enforce-borders.bats: enforcement at the borders of a session.
#
# Where privileges change, the loader drops LD_PRELOAD; a static program has no
# loader; a debugger is in the way.  Each test shows the remedy, too.
load lib/world
load lib/enforce

own_setup() {
	cp "$GUEST" "$place/app"
	cat >>"$place/prelude" <<-'END'
		app=${mine%/*}/app
		enforced() { timeout $LIMIT env ONLYONE_ENFORCE="$1" LD_PRELOAD="$SHIM" "${@:2}"; }
	END
}

@test "border: set-user-ID, sudo and a login are not reached; onlyone behind or before them is" {
	wants entry
	within '
	export app
	vars=(ONLYONE_DIR="$ONLYONE_DIR" GUEST_LOG="$GUEST_LOG")
	enforced app "$app" &
	until_true has main
	gives 5 enforced app sudo -n "${vars[@]}" "$app" exit 5
	gives 0 enforced app sudo -n "${vars[@]}" "$(command -v onlyone)" "$app" exit 5
	gives 0 enforced app su -p -c "\"\$app\" exit 5" root
	gives 5 enforced app su - -c "$app exit 5" root
	is "$(onlyonectl count "$app")" 1
	kill -KILL "$(onlyonectl pid "$app")"
	until_true empty
	cp "$app" "$app.suid"
	chmod 4755 "$app.suid"
	chown 1000:1000 "$mine"
	gives 5 user env ONLYONE_ENFORCE=app.suid LD_PRELOAD="$SHIM" "$app.suid" exit 5
	is "$(user onlyonectl list --json)" "[]"
	: >"$GUEST_LOG"
	user onlyone "$app.suid" &
	until_true has main
	gives 0 user onlyone "$app.suid" exit 5
	is "$(constructors)" 1
	kill -KILL "$(sed -n "s/ main.*//p" "$GUEST_LOG" | head -n 1)"
	until_true empty'
}

@test "border: in a container without us, and without /proc, the program runs" {
	within '
	mkdir "$mine.root"
	cp --parents -L "$app" $(ldd "$app" | grep -o "/[^ ]*") "$mine.root"
	gives 5 enforced app env -u GUEST_LOG chroot "$mine.root" "$app" exit 5
	grep -q "cannot be preloaded" "$mine.said"
	mount -t tmpfs none /proc
	gives 5 enforced app "$app" exit 5
	is "$(cat "$mine.said")" ""'
}

@test "border: a static program is not reached, but by onlyone; AddressSanitizer has a way out" {
	APP=$PWD/app
	cp "$GUESTS/guest-static" app
	run -5 enforced app "$APP" exit 5
	begin_guest onlyone "$APP"
	run -0 launch "$APP"
	frees killed "$BEGUN"
	# That of gcc refuses any LD_PRELOAD; the manual has the way out.
	gcc -fsanitize=address -o app "$BATS_TEST_DIRNAME/guests/guest.c" -D_GNU_SOURCE
	prints -1 --partial 'ASan runtime does not come first' enforced nothing "$APP" exit 5
	ASAN_OPTIONS=verify_asan_link_order=0 prints -5 '' enforced app "$APP" exit 5
}

@test "border: gdb, and the way out" {
	needs gdb gdb
	printf '%s\n' 'void here(void) {}' 'int main(void) { here(); return 5; }' >h.c
	gcc -g -o dbg h.c
	gdb=(gdb -q -nx -batch -ex 'set debuginfod enabled off' -ex 'break here' -ex run -ex bt ./dbg)
	prints --partial "executing new program: $(realpath "$BUILD")/onlyone" enforced dbg "${gdb[@]}"
	prints --partial 'in main () at h.c:2' enforced dbg env ONLYONE_DISABLE=1 "${gdb[@]}"
	refute_output --partial 'executing new program'
}
