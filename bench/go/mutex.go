package main

import (
	"runtime"
	"sync"
)

// mutexUncontended locks and unlocks n times, as many goroutines as there are
// Ps, each with a mutex of its own.
func mutexUncontended(n int) int {
	procs := runtime.GOMAXPROCS(0)
	counts := make(chan int)
	for p := 0; p < procs; p++ {
		go locker(share(n, procs, p), counts)
	}
	sum := 0
	for p := 0; p < procs; p++ {
		sum += <-counts
	}
	return sum
}

func locker(n int, counts chan<- int) {
	// The padding keeps the mutexes of two goroutines off one cache line.
	var own struct {
		sync.Mutex
		_ [128]byte
	}
	count := 0
	for i := 0; i < n; i++ {
		own.Lock()
		count++
		own.Unlock()
	}
	counts <- count
}
