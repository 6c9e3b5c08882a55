package main

import "runtime"

// prodCons100 passes n values through one channel with a buffer of 100, from
// as many producers as there are Ps to as many consumers. A zero ends one
// consumer.
func prodCons100(n int) int {
	procs := runtime.GOMAXPROCS(0)
	values := make(chan int, 100)
	sums := make(chan int, procs)
	for p := 0; p < procs; p++ {
		go producer(share(n, procs, p), values)
		go consumer(values, sums)
	}
	sum := 0
	for p := 0; p < procs; p++ {
		sum += <-sums
	}
	return sum
}

func producer(n int, values chan<- int) {
	for i := 1; i <= n; i++ {
		values <- i
	}
	values <- 0
}

func consumer(values <-chan int, sums chan<- int) {
	sum := 0
	for {
		v := <-values
		if v == 0 {
			break
		}
		sum += v
	}
	sums <- sum
}
