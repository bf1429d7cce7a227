# as: root
# others.bats: root asks for the instances of all users.
load lib/default
load lib/manual

@test "all users: each one's own are listed and stopped by the line of the manual" {
	line=$(example onlyonectl.1 users | sed 's/^[#>] //')
	# As root, the other user being uid 1000, with a name.
	world_once 1000 0 y '
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
