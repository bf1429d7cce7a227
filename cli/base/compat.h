/*
 * compat.h: what Linux has but the headers of Debian 12 do not define yet.
 *
 * The minimum is Linux 5.4.  Every call newer than that has a fall-back
 * where it is used.
 */
#ifndef COMPAT_H
#define COMPAT_H

#include <sys/ioctl.h>

#include <stdint.h>

#ifndef PIDFS_MAGIC /* Linux 6.9: each pidfd has an inode of its own */
#define PIDFS_MAGIC 0x50494446
#endif

#ifndef PIDFD_GET_INFO /* Linux 6.13; exit status since 6.15 */
/* More than a dozen members: the kernel's. */
struct pidfd_info {
	uint64_t mask;
	uint64_t cgroupid;
	uint32_t pid, tgid, ppid;
	uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
};
#define PIDFD_INFO_EXIT (1ULL << 3)
#define PIDFD_GET_INFO _IOWR(0xFF, 11, struct pidfd_info)
#endif

#ifndef PIDFD_GET_PID_NAMESPACE /* Linux 6.11 */
#define PIDFD_GET_MNT_NAMESPACE _IO(0xFF, 3)
#define PIDFD_GET_NET_NAMESPACE _IO(0xFF, 4)
#define PIDFD_GET_PID_NAMESPACE _IO(0xFF, 5)
#define PIDFD_GET_USER_NAMESPACE _IO(0xFF, 9)
#endif

#ifndef SO_PEERPIDFD /* Linux 6.5 */
#define SO_PEERPIDFD 77
#endif

#ifndef SO_PASSRIGHTS /* Linux 6.16 */
#define SO_PASSRIGHTS 83
#endif

/* File systems that matter to us (statfs(2)). */
enum {
	FS_TMPFS = 0x01021994,
	FS_FUSE = 0x65735546,
	FS_OVERLAY = 0x794c7630
};

#endif
