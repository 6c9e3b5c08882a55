package main

// skynet is a tree of goroutines, ten children each. Its leaves send their
// number up an unbuffered channel, every other node the sum of its children.
func skynet(leaves int) int {
	total := make(chan int)
	go node(total, 0, leaves)
	return <-total
}

func node(parent chan<- int, first, leaves int) {
	if leaves == 1 {
		parent <- first
		return
	}
	sums := make(chan int)
	each := leaves / 10
	for i := 0; i < 10; i++ {
		go node(sums, first+i*each, each)
	}
	sum := 0
	for i := 0; i < 10; i++ {
		sum += <-sums
	}
	parent <- sum
}
