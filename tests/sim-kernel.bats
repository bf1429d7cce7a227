# as: root (each sequence has namespaces of its own)
# sim-kernel.bats: the simulated kernel answers as the real one does (README.md, The
# simulated kernel).
load lib/common

# alike FIRST COUNT: none of these sequences differs.
alike() {
	wants x86-64 linux-6.18 mount pidns reuse
	run -0 "$BUILD/sim/differ" "$1" "$2"
	assert_output --regexp "^$2 sequences from seed $1: 0 differ, "
}

# bats test_tags=check
@test "random sequences of calls: both kernels answer the same" {
	alike 1 20
}

@test "many random sequences of calls: both kernels answer the same" {
	alike 21 280
}
