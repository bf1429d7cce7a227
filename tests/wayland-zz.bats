load lib/common
load lib/compositor
@test "phoc" {
	compositor phoc
	quiet_begin p env WAYLAND_DEBUG=1 $GUESTS/pane one one
	one=$BEGUN
	sleep 2
	grep -v global $RUNTIME/p.log
	run raise -vv -c one 1234567
	echo "$output"
	wtype -k a
	sleep 1
	grep -v global $RUNTIME/p.log | tail
	false
}
