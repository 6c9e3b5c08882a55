package main

// Below this the work is too small to be worth a goroutine.
const cutoff = 12

// forkJoinFib computes the n-th Fibonacci number. Above the cutoff one half
// of the work goes to a goroutine and the other half is done in place.
func forkJoinFib(n int) int {
	if n <= cutoff {
		return fib(n)
	}
	forked := make(chan int, 1)
	go func() {
		forked <- forkJoinFib(n - 1)
	}()
	here := forkJoinFib(n - 2)
	return <-forked + here
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}
