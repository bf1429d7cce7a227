#!/usr/bin/env bats
# as: root
# others.bats: root and the instances of other users.
load lib/default
load lib/manual

# root_world SCRIPT: as root, the other user being uid 1000, with a name.
root_world() { world_once 1000 0 y "$1"; }

@test "all users: each one's own are listed and stopped by the line of the manual" {
	line=$(example onlyonectl.1 users | sed 's/^[#>] //')
	root_world '
		all() {
			'"${line/onlyonectl list/\"\$@\"}"' >/run/said 2>/run/asked
		}
		start 1000 -k one
		start 0
		is "$(onlyonectl count guest)" 1
		all onlyonectl list
		is "$(cat /run/asked)" "runuser -u root -- onlyonectl list
runuser -u tester -- onlyonectl list"
		is "$(grep -c "guest .* running" /run/said)" 2
		said "guest  *one  *$(me 1000 onlyonectl pid guest) "
		exec 2>/dev/null
		all onlyonectl stop guest
		all onlyonectl list
		is "$(cat /run/said)" ""'
}

@test "adopt: nobody takes another user's process for the instance" {
	root_world '
		for uid in 0 1000; do
			other=$((1000 - uid))
			: >/tmp/log
			chmod 666 /tmp/log
			setpriv --reuid=$other --regid=$other --clear-groups \
				"$GUESTS/guest" 3>&- &
			until grep -q main /tmp/log; do sleep 0.02; done
			code=0
			me $uid onlyone --adopt "$GUESTS/guest" exit 6 || code=$?
			is $code 6
			kill $!
			wait $! || true
		done
	'
}
