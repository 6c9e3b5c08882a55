package main

// nqueens counts the ways to put n queens on an n by n board. The first two
// rows fork a goroutine for each square; below them a goroutine only computes.
func nqueens(n int) int {
	total := make(chan int, 1)
	go place(n, 0, 0, 0, 0, total)
	return <-total
}

const forkedRows = 2

func place(n, row, columns, left, right int, out chan<- int) {
	if row == forkedRows || row == n {
		out <- solve(n, columns, left, right)
		return
	}
	all := 1<<n - 1
	counts := make(chan int, n)
	forked := 0
	for free := all &^ (columns | left | right); free != 0; free &= free - 1 {
		queen := free & -free
		go place(n, row+1, columns|queen, (left|queen)<<1, (right|queen)>>1, counts)
		forked++
	}
	sum := 0
	for i := 0; i < forked; i++ {
		sum += <-counts
	}
	out <- sum
}

func solve(n, columns, left, right int) int {
	all := 1<<n - 1
	if columns == all {
		return 1
	}
	sum := 0
	for free := all &^ (columns | left | right); free != 0; free &= free - 1 {
		queen := free & -free
		sum += solve(n, columns|queen, (left|queen)<<1, (right|queen)>>1)
	}
	return sum
}
