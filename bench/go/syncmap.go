package main

import (
	"runtime"
	"sync"
)

// hits is how many of the keys are there.
const hits = 1023

// syncMapLoad loads from one map n times, of 1024 keys all but one are there,
// as many goroutines as there are Ps.
func syncMapLoad(n int) int {
	procs := runtime.GOMAXPROCS(0)
	var m sync.Map
	for i := 0; i < hits; i++ {
		m.LoadOrStore(i, i)
	}
	// Into its steady state: enough misses for the keys to need no lock any
	// more.
	for i := 0; i < hits*2; i++ {
		m.Load(i % hits)
	}
	counts := make(chan int)
	for p := 0; p < procs; p++ {
		go loader(share(n, procs, p), &m, counts)
	}
	sum := 0
	for p := 0; p < procs; p++ {
		sum += <-counts
	}
	return sum
}

func loader(n int, m *sync.Map, counts chan<- int) {
	sum := 0
	for i := 0; i < n; i++ {
		if v, ok := m.Load(i % (hits + 1)); ok {
			sum += v.(int)
		}
	}
	counts <- sum
}
