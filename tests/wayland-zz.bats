load lib/common
load lib/compositor
@test "gnome" {
	compositor gnome
	export LD_PRELOAD=$BUILD/libonlyone-window.so
	onlyone_pane one one 0x339933
	export LD_PRELOAD=
	one=$BEGUN
	ls -la $ONLYONE_DIR/*
	cover
	mark=$(dirname $ONLYONE_DIR/*/window-$one)
	time run raise -vv -m $mark $one
	echo "$output"
	focus_is $one
	cover -f
	time run raise -vv -m $mark $one
	echo "$output"
	focus_is $one
	picture one
	minimise $one
	time run raise -vv -m $mark $one
	echo "$output"
	focus_is $one
	other_workspace
	cover
	time run launch -v $GUESTS/pane
	echo "$output"
	press 30
	wait_until key 3 heard $one 30
	false
}
@test "phoc" {
	compositor phoc
	export LD_PRELOAD=$BUILD/libonlyone-window.so
	onlyone_pane one one 0x339933
	export LD_PRELOAD=
	one=$BEGUN
	cover
	mark=$(dirname $ONLYONE_DIR/*/window-$one)
	time run raise -vv -m $mark $one
	echo "$output"
	wait_until f 3 focus_is $one
	press 30
	wait_until key 3 heard $one 30
	false
}
