package main

import "runtime"

// selectUncontended has as many goroutines as there are Ps select n times
// between two buffered channels of their own; a token goes to and fro.
func selectUncontended(n int) int {
	procs := runtime.GOMAXPROCS(0)
	counts := make(chan int)
	for p := 0; p < procs; p++ {
		go passer(share(n, procs, p), counts)
	}
	sum := 0
	for p := 0; p < procs; p++ {
		sum += <-counts
	}
	return sum
}

func passer(n int, counts chan<- int) {
	one, two := make(chan int, 1), make(chan int, 1)
	one <- 0
	count := 0
	for i := 0; i < n; i++ {
		select {
		case <-one:
			two <- 0
		case <-two:
			one <- 0
		}
		count++
	}
	counts <- count
}

// selectSync sends n values over three unbuffered channels: as many selecting
// senders as there are Ps, and as many selecting receivers.
func selectSync(n int) int {
	procs := runtime.GOMAXPROCS(0)
	a, b, c := make(chan int), make(chan int), make(chan int)
	done, counts := make(chan int), make(chan int)
	for p := 0; p < procs; p++ {
		go sender(a, b, c, done)
		go receiver(share(n, procs, p), a, b, c, counts)
	}
	sum := 0
	for p := 0; p < procs; p++ {
		sum += <-counts
	}
	close(done)
	return sum
}

func sender(a, b, c chan<- int, done <-chan int) {
	for {
		select {
		case a <- 1:
		case b <- 1:
		case c <- 1:
		case <-done:
			return
		}
	}
}

func receiver(n int, a, b, c <-chan int, counts chan<- int) {
	sum := 0
	for i := 0; i < n; i++ {
		select {
		case v := <-a:
			sum += v
		case v := <-b:
			sum += v
		case v := <-c:
			sum += v
		}
	}
	counts <- sum
}

// selectNonblock does four selects of one case and a default, n times; as many
// goroutines as there are Ps, all on the same channels.
func selectNonblock(n int) int {
	procs := runtime.GOMAXPROCS(0)
	one, two := make(chan int), make(chan int)
	three, four := make(chan int, 1), make(chan int, 1)
	counts := make(chan int)
	for p := 0; p < procs; p++ {
		go asker(share(n, procs, p), one, two, three, four, counts)
	}
	sum := 0
	for p := 0; p < procs; p++ {
		sum += <-counts
	}
	return sum
}

func asker(n int, one, two, three, four chan int, counts chan<- int) {
	count := 0
	for i := 0; i < n; i++ {
		select {
		case <-one:
			count -= 1000
		default:
		}
		select {
		case two <- 0:
			count -= 1000
		default:
		}
		select {
		case <-three:
			count -= 1000
		default:
		}
		// The first of all these fills the buffer.
		select {
		case four <- 0:
		default:
			count++
		}
	}
	counts <- count
}
