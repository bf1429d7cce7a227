# as: root (each sequence has namespaces of its own)
# sim-kernel.bats: the simulated kernel answers as the real one does (README.md, The
# simulated kernel).
load lib/common

# bats test_tags=check
@test "a hundred random sequences of calls: both kernels answer the same" {
	wants x86-64 linux-6.18 mount pidns reuse
	run -0 "$BUILD/sim/differ" 1 100
	assert_output --regexp '^100 sequences from seed 1: 0 differ, '
}
