# cluster-engine.bash: an engine of onlyone-cluster, asked by itself.
# shellcheck shell=bash disable=SC2154

load lib/cluster

# engine COMMAND...: the calls of build/cluster/engine, of the key $KEY in $URL;
# ended if it hangs.
engine() {
	timeout -k 5 "${ENGINE_TIME-60}" "$BUILD/cluster/engine" "$URL" "$KEY" \
		"$@"
}

# answers REGEX...: the results that the last run printed, one after the other,
# without the time that they took.
answers() {
	local want
	while read -r line; do
		[[ $line =~ (OK|BUSY|LOST|DOWN|DENIED|SETUP)\ .*ms$ ]] || continue
		want=${1-nothing more}
		shift || :
		[[ $line =~ ^(.*\ )?$want\ [0-9]+\ ms$ ]] ||
			fail "not $want: $line"$'\n'"of: $output"
	done <<<"$output"
	[ $# = 0 ] || fail "no $1 in: $output"
}

# took N MIN MAX: the N-th result came after so many milliseconds.
took() {
	local ms
	ms=$(grep -oE '[0-9]+ ms$' <<<"$output" | sed -n "$1s/ ms//p")
	[ "$ms" -ge "$2" ] && [ "$ms" -le "$3" ] || fail "$ms ms: $output"
}

# token: the last one in what was printed.
token() {
	grep -oE 'token [0-9]+' <<<"$output" | tail -n 1 | cut -d' ' -f2
}

# asker NAME COMMAND...: engine in the background, what it says in the file NAME.
asker() {
	ENGINE_TIME=120 begin engine "${@:2}" >"$1"
}

# each WHAT: a function, for each engine, under a key of its own; to PostgreSQL as
# $ROLE.
each() {
	for ENGINE in etcd pg; do
		KEY=u/ann/$ENGINE$BATS_TEST_NUMBER URL=etcd://$ETCD
		[ $ENGINE = etcd ] ||
			URL="postgresql://$PG/postgres?user=${ROLE-boss}"
		export KEY URL
		mkdir "$ENGINE"
		cd "$ENGINE"
		"$@"
		cd ..
	done
}

# over: the key's record is made to end.
over() {
	if [ $ENGINE = etcd ]; then
		etcd_ctl one del "onlyone/v1/l/$KEY"
	else
		pg_sql db "update onlyone set expires = clock_timestamp()
			where key = '$KEY'"
	fi
}
