package main

import (
	"runtime"
	"sync"
)

// pool puts a value into one pool and takes one out, n times, as many
// goroutines as there are Ps.
func pool(n int) int {
	procs := runtime.GOMAXPROCS(0)
	var values sync.Pool
	counts := make(chan int)
	for p := 0; p < procs; p++ {
		go putter(share(n, procs, p), &values, counts)
	}
	sum := 0
	for p := 0; p < procs; p++ {
		sum += <-counts
	}
	return sum
}

func putter(n int, values *sync.Pool, counts chan<- int) {
	count := 0
	for i := 0; i < n; i++ {
		values.Put(1)
		// A collection may have emptied the pool.
		if v, ok := values.Get().(int); ok {
			count += v
		} else {
			count++
		}
	}
	counts <- count
}
