package main

import "runtime"

// yield lets two goroutines take turns: each calls Gosched n/2 times.
func yield(n int) int {
	counts := make(chan int)
	for i := 0; i < 2; i++ {
		go yielder(share(n, 2, i), counts)
	}
	return <-counts + <-counts
}

func yielder(n int, counts chan<- int) {
	count := 0
	for i := 0; i < n; i++ {
		runtime.Gosched()
		count++
	}
	counts <- count
}
