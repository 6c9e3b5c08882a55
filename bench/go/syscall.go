package main

import "syscall"

// syscalls calls getpid n times by way of entersyscall and exitsyscall.
func syscalls(n int) int {
	done := 0
	for i := 0; i < n; i++ {
		if _, _, err := syscall.Syscall(syscall.SYS_GETPID, 0, 0, 0); err == 0 {
			done++
		}
	}
	return done
}

// rawSyscalls calls getpid n times without the scheduler's knowledge.
func rawSyscalls(n int) int {
	done := 0
	for i := 0; i < n; i++ {
		if _, _, err := syscall.RawSyscall(syscall.SYS_GETPID, 0, 0, 0); err == 0 {
			done++
		}
	}
	return done
}
