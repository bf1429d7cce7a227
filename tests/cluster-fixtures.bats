#!/usr/bin/env bats
# cluster-fixtures.bats: the observer and its book, which the tests of clusters
# rest upon, do what those believe.
load lib/cluster

# line BEGAN LAST STATE: in the observer's book.
line() { echo "$1 $2 $3 a 1 - -" >>"$OBSERVED"; }

@test "book: two at once are found, by their times and by their lock" {
	book_new
	line 0000000001.000000 0000000005.000000 ended
	line 0000000002.000000 0000000003.000000 ended
	# Not only beside the one before it.
	line 0000000004.000000 0000000006.000000 ended
	run -0 book_read
	assert_line --partial '2 overlaps'
	run -1 never_two_at_once
	book_new
	line 0000000001.000000 0000000001.000000 TWO
	run -1 never_two_at_once
}

@test "observer: who follows one that stands still is alive, and writes once it is woken" {
	book_new
	begin first= "$GUESTS/observer" first write 'echo first >>written'
	wait_until 'it has written' file_has written first
	stopped "$first"
	begin "$GUESTS/observer" second follow write 'echo second >>written'
	wait_until 'the other follows' file_has written second
	assert_equal "$(cut -d' ' -f3 "$OBSERVED" | xargs)" 'alive MET alive'
	: >written
	kill -CONT "$first"
	wait_until 'it writes again' file_has written first
	kill "$first" "$BEGUN"
	all_end 0 "$first" "$BEGUN"
	run -1 never_two_at_once
	assert_equal "$(cut -d' ' -f3 "$OBSERVED" | xargs)" 'ended MET ended'
}

@test "observer: two that run at once are in the book, one of them stopped" {
	book_new
	begin "$GUESTS/observer" first
	wait_until 'it has begun' observed first
	never_two_at_once
	stopped "$BEGUN"
	run -95 "$GUESTS/observer" second
	prints -1 --partial TWO never_two_at_once
}
