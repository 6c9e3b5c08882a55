package main

// pingPong sends n values to a second goroutine over an unbuffered channel and
// gets each of them back, plus one, over another.
func pingPong(n int) int {
	ping, pong := make(chan int), make(chan int)
	go func() {
		for v := range ping {
			pong <- v + 1
		}
		close(pong)
	}()
	sum := 0
	for i := 0; i < n; i++ {
		ping <- i
		sum += <-pong
	}
	close(ping)
	return sum
}
