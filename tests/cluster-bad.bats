# as: user (a store answers all users alike)
# cluster-bad.bats: what onlyone-cluster refuses before it asks a store; stores that
# are down, or lie; and a wrong clock.
load lib/leased

@test "options: it executes onlyone with its own, --take with the key's; the rest is 64" {
	# It finds onlyone beside itself: one that prints how it was called.
	cp "$BUILD/onlyone-cluster" .
	printf '#!/bin/sh\nprintf "%%s\\n" "${0##*/}" "$@"\n' >onlyone
	chmod 755 onlyone
	take="$PWD/onlyone-cluster --take"
	while IFS='|' read -r given words; do
		run -0 ./onlyone-cluster $given
		assert_equal "$(echo $output)" "$(echo onlyone $words)"
	done <<-END
		job|--fail -- $take --fail -- job
		-a a -k {1} job x|--app=a --key={1} --fail -- $take --fail -- job x
		--skip -q --key-cmd c --key-match m --every 1d job|--skip --quiet \
			--key-cmd=c --key-match=m -- $take --skip --quiet --every=1d -- job
		--every=2h job|--skip -- $take --every=2h --skip -- job
		--ttl 9 --grace 2.5 --hold=7 --on-lost=kill --on-down=local job|--fail -- $take \
			--ttl=9 --grace=2.5 --hold=7 --on-lost=kill --on-down=local --fail -- job
		--queue=3 -w 2 -E 9 job|--queue=3 --wait=2 --conflict-exit-code=9 \
			-- $take --queue=3 --wait=2 --conflict-exit-code=9 -- job
		--replace -v --lifetime=tree --store=etcd://h job -n --skip|--replace --verbose \
			-- $take --replace --verbose --lifetime=tree --store=etcd://h -- job -n --skip
		--wait -- list|--wait -- $take --wait -- list
	END
	for words in '-d job' '-j job' '--adopt job' '--scope=host job' \
		'--on-activate=auto job' '--raise=never job' '-W job' \
		'--background job' '--ttl=0 job' '--ttl=1.5 job' \
		'--ttl=4 --grace=3 job' '--hold=-1 job' '--on-lost=no job' \
		'--on-down=no job' '--every=0 job' '--every=x job' '' '-n list' 'list --none' status 'stop -k x' \
		'--take job'; do # which onlyone alone runs
		run -64 --separate-stderr ./onlyone-cluster $words
		assert_output ''
	done
	run -0 ./onlyone-cluster --help
	assert_line --partial '--store'
	run -71 eval './onlyone-cluster check >/dev/full'
	prints -0 --regexp '^onlyone-cluster [0-9.]+$' ./onlyone-cluster --version
	rm onlyone
	run -126 ./onlyone-cluster job
}

@test "a URL that cannot be is 64, and says why; a password never stands in it" {
	echo secret >open
	chmod 644 open
	while IFS='|' read -r words url; do
		refused 64 "$words" "$url"
	done <<-END
		*postgresql://*|redis://127.0.0.1
		*postgresql://*|127.0.0.1:2379
		*no host*|etcd:///p
		*port*|etcd://127.0.0.1:0
		*passfile=*|etcd://ann:secret@127.0.0.1
		*'colour', which is not one*|etcd://127.0.0.1?colour=1
		*etcds://*|etcd://127.0.0.1?ca=/x
		*plain text*insecure*|etcd://10.1.2.3
		*takes none*|etcd://127.0.0.1:1?insecure=no
		*absolute*|etcd://127.0.0.1?user=a&passfile=secret
		*chmod 600*|etcd://127.0.0.1?user=a&passfile=$PWD/open
		*too long*|etcd://127.0.0.1/$(printf %03000d 1)
		*has a *%*|etcd://127.0.0.1?user=%0&passfile=%
	END
	run ! grep -q secret <<<"$stderr"
	prints -0 "$PREFIX/v1/l/u/$(id -un)/x" here -a x \
		"--store=etcd://$ETCD/%74${PREFIX#t}" sh -c 'echo "$ONLYONE_CLUSTER_KEY"'
}

@test "the file that names the store is root's or ours, and others cannot write it; none is 64" {
	unset ONLYONE_CLUSTER
	PATH=$BUILD/points:$PATH
	export ONLYONE_TEST_CLUSTER=$PWD/file
	prints -64 --partial '--store=URL' here true
	printf '#%02020d\n\n\tetcd://%s/%s \n' 1 "$ETCD" "$PREFIX" >file
	prints -0 --partial "$PREFIX/" here -a x sh -c 'echo "$ONLYONE_CLUSTER_KEY"'
	chmod 666 file
	for command in '-a b true' check list; do
		run -77 --separate-stderr onlyone-cluster $command
		says "$PWD/file is writable by others"
	done
	chmod 644 file
	# A link, if no other user can change its target.
	mkdir shared
	mv file shared
	ln -s shared/file file
	run -0 onlyone-cluster list
	chmod 777 shared
	run -77 --separate-stderr onlyone-cluster list
	says "$PWD/shared is writable by others"
}

@test "a store that is down, or full: 69 and nothing runs, --on-down=local, or it is waited for" {
	free_port
	refused 69 "*127.0.0.1:$port*" "etcd://127.0.0.1:$port"
	refused 69 "* at \[::1]:$port: *" "etcd://[::1]:$port"
	# It has no token, nor that of another that it was started from.
	run -3 --separate-stderr env ONLYONE_TOKEN=5 ONLYONE_CLUSTER_KEY=k \
		onlyone-cluster --on-down=local "--store=etcd://127.0.0.1:$port" -a nightly \
		sh -c 'echo "<$ONLYONE_TOKEN$ONLYONE_CLUSTER_KEY>"; exit 3'
	assert_output '<>'
	says '*on this host only*'
	lies full
	begin held= onlyone-cluster --hold=60 -a held sh -c 'until [ -e go ]; do sleep .05; done' 2>said
	wait_until 'it runs' runs held
	freeze one
	touch go
	begin down= onlyone-cluster --wait -a down sh -c 'exit 4' 2>waits
	begin onlyone-cluster --wait -a full "--store=etcd://$LIAR" touch ran
	run -69 here -w 1 -a x touch ran
	prints -69 --partial 'database space exceeded: make room there' \
		here -w 1 "--store=etcd://$LIAR" touch ran
	alive "$BEGUN"
	ends_by TERM "$BEGUN" 143
	ends "$held" 0
	grep 'held: --hold has failed, .* etcd at ' said
	wait_until 'it says so' grep 'down: etcd at .*; it is waited for' waits
	thaw one
	ends "$down" 4
	prints -71 --partial 'the name of user' env WRONG_NAMES=-1 \
		"LD_PRELOAD=$GUESTS/wrong.so" onlyone-cluster -a x touch ran
	[ ! -e ran ]
	# One of several servers is enough; no proxy is used.
	export http_proxy=http://127.0.0.1:$port ALL_PROXY=http://127.0.0.1:$port
	lies silent
	for url in "127.0.0.1:$port,$ETCD" "$LIAR,$ETCD"; do
		run -0 here -a nightly "--store=etcd://$url/$PREFIX" true
	done
}

@test "answers that are none of etcd's: 69, and nothing runs; check knows bad versions" {
	at=()
	for how in garbage number negative page packed huge nothing failed elsewhere cut \
		early proxy two flood silent; do
		lies $how
		begin at+= here -a $how "--store=etcd://$LIAR/$PREFIX" touch ran 2>$how.said
	done
	all_end 69 "${at[@]}"
	assert_equal "$(grep -L 'etcd at ' ./*.said)" ''
	# A redirection is not followed.
	prints -0 /etcdserverpb.KV/Txn sort -u elsewhere.asked
	lies missing
	refused 69 '*unknown service*etcd 3.4 or newer is needed*' "etcd://$LIAR"
	has_lines missing.asked 1
	# That is no store which is down.
	for status in 400 505; do
		lies "http1 $status"
		prints -69 --partial 'it speaks HTTP/1: etcd 3.4 or newer is needed' \
			here --on-down=local -a x "--store=etcd://$LIAR/$PREFIX" touch ran
		[ ! -e ran ]
	done
	while read -r is status version; do
		lies $version
		run -$status onlyone-cluster check "--store=etcd://$LIAR/$PREFIX"
		assert_line --regexp "^$is +etcd at .*: version $version, "
	done <<<$'warn 0 3.5.12\nok 0 3.5.13'
}

@test "an answer that is lost, or of a leader that is cut off, begins nothing twice" {
	# A connection that the server has closed meanwhile is no answer that is lost.
	for how in once refuses; do
		lies $how
		run -0 onlyone-cluster check "--store=etcd://$LIAR/$PREFIX"
		[ "$(grep -c . $how.asked)" -gt 8 ]
	done
	lies lost-txn
	run -0 --separate-stderr here -a nightly \
		"--store=etcd://$LIAR/$PREFIX" sh -c 'echo ran >>ran'
	assert_equal "$(<ran)$stderr" ran
	[ "$(grep -c Txn lost-txn.asked)" -ge 2 ]
	# In line: it does not wait for itself.
	held nightly
	begin elsewhere --wait --ttl=300 -a nightly "--store=etcd://$LIAR/$PREFIX" true
	wait_until 'it is in line' file_has lost-txn.asked Watch
	released
	ends "$BEGUN" 0
	# It asks for its place again, and has one.
	lies lost-place
	held nightly
	begin elsewhere --wait --ttl=300 -a nightly "--store=etcd://$LIAR/$PREFIX" true
	wait_until 'it is in line' file_has lost-place.asked Watch
	places 1
	released
	ends "$BEGUN" 0
	# No watch comes about: its place is kept all the same.
	lies good
	held nightly
	begin elsewhere --wait --ttl=2 -a nightly "--store=etcd://$LIAR/$PREFIX" true
	wait_until 'it is in line' file_has good.asked Watch
	place=$(etcd_ctl one get --keys-only --prefix "$PREFIX/v1/q/")
	FIRST_ASKED='' wait_until 'its lease is over' age 4000
	assert_equal "$(etcd_ctl one get --keys-only --prefix "$PREFIX/v1/q/")" "$place"
	released
	ends "$BEGUN" 0
	nothing_held
	# A leader without the others renews leases: we do not believe it.
	lies minority
	observing --ttl=2 "--store=etcd://$LIAR/$PREFIX"
	touch minority.cut
	next_has 76
}

# turned HOW: in line behind one that leaves it, a launch asks for the key, and is
# refused by the second answer; by the first request it has the key, after all.
turned() {
	lies "$1"
	held nightly
	ONLYONE_DIR=$ONLYONE_DIR.y begin between= onlyone-cluster --wait -a nightly true
	wait_until 'one is in line' places 1
	begin elsewhere --wait --ttl=2 -a nightly "--store=etcd://$LIAR/$PREFIX" true
	wait_until 'it watches the one before' file_has "$1.asked" Watch
	kill "$between"
	ends "$between" 143
	wait_until 'it has asked twice' file_has "$1.asked" 'turn 2'
	released
	touch obey
	ends "$BEGUN" 0
	rm obey
}

@test "a request is obeyed late, an event is not reported: nobody waits for ever" {
	turned late-turn
	turned late-look
	# Neither of the next one's turn, nor of a wish.
	lies deaf
	held nightly --store="etcd://$LIAR/$PREFIX"
	begin elsewhere --wait --ttl=2 -a nightly "--store=etcd://$LIAR/$PREFIX" true
	wait_until 'it is in line' places 1
	run -0 onlyone-cluster stop nightly
	ends "$HELD" 143
	ends "$BEGUN" 0
	# It watches what comes, also if the store has gone back.
	lies restored
	held nightly
	begin elsewhere --wait --ttl=300 -a nightly "--store=etcd://$LIAR/$PREFIX" true
	wait_until 'it watches' file_has restored.asked Watch
	released
	ends "$BEGUN" 0
	# It learns that it had the key when that has gone to another: then it waits.
	lies late-grant
	begin elsewhere --wait --ttl=2 -a nightly "--store=etcd://$LIAR/$PREFIX" true
	waits=$BEGUN
	wait_until 'it has the key' file_has late-grant.asked granted
	held nightly --wait
	wait_until 'it waits' file_has late-grant.asked Watch
	FIRST_ASKED='' wait_until 'a while has passed' age 4000
	[ "$(grep -c Txn late-grant.asked)" -lt 20 ] || fail "$(sort late-grant.asked | uniq -c)"
	released
	ends "$waits" 0
	nothing_held
}

# clock_set SECONDS: the wall clocks that the file $CLOCK is for are ahead by so
# much, whatever runs by them.
clock_set() { printf '%+09d\n' "$1" 1<>"$CLOCK"; }

@test "the host's clock is set while a key is held: nothing is lost, the next one comes" {
	export CLOCK=$PWD/clock
	clock_set 0
	# All of ours, the libraries that onlyone-cluster uses included, go by it.
	mkdir bin
	cp "$BUILD/points/onlyone" "$BUILD/points/onlyonectl" "$BUILD/libonlyone.so" bin
	cat >bin/onlyone-cluster <<-END
		#!/bin/bash
		export WRONG_CLOCK=$CLOCK LD_PRELOAD=$GUESTS/wrong.so
		exec -a onlyone-cluster "$BUILD/onlyone-cluster" "\$@"
	END
	chmod +x bin/onlyone-cluster
	export ONLYONE_TEST_WALL=$CLOCK PATH=$PWD/bin:$PATH
	observing --ttl=4
	for seconds in 3600 -3600; do
		clock_set $seconds
		FIRST_ASKED='' wait_until 'it was renewed' age 4800
		run -75 elsewhere --ttl=4 -n -a nightly touch ran
		alive "$BEGUN"
		[ ! -e ran ]
	done
	kill -KILL "$(ctl pid nightly)"
	next_has 137 --ttl=4
	no_helpers
}

@test "refused: where no signal can be sent by a pidfd, nothing starts, since nothing could end it: 71" {
	for error in EPERM ENOSYS; do
		run -71 --separate-stderr timeout -k 5 $LIMIT "$GUESTS/refuse" $error \
			pidfd_send_signal onlyone-cluster -a nightly touch ran
		says '*pidfd_send_signal*'
	done
	[ ! -e ran ]
	# The key is free.
	run -0 elsewhere -n -a nightly true
}
