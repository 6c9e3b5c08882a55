package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
)

// memory parks n goroutines on channels and reports how large the process is
// then. The checksum counts the goroutines that were woken afterwards.
func memory(name string, n int) map[string]any {
	var parked sync.WaitGroup
	parked.Add(n)
	var rss, sum int
	if name == "Daisy" {
		// Each goroutine waits on a channel of its own.
		first := make(chan int)
		left := first
		for i := 0; i < n; i++ {
			right := make(chan int)
			go whisper(left, right, &parked)
			left = right
		}
		rss = rssOnceParked(&parked)
		left <- 0
		sum = <-first
	} else {
		gate, woken := make(chan int), make(chan int)
		for i := 0; i < n; i++ {
			go waiter(gate, woken, &parked)
		}
		rss = rssOnceParked(&parked)
		close(gate)
		for i := 0; i < n; i++ {
			sum += <-woken
		}
	}
	return map[string]any{"checksum": sum, "rss": rss}
}

func whisper(left chan<- int, right <-chan int, parked *sync.WaitGroup) {
	parked.Done()
	v := <-right
	left <- v + 1
}

func waiter(gate <-chan int, woken chan<- int, parked *sync.WaitGroup) {
	parked.Done()
	<-gate
	woken <- 1
}

func rssOnceParked(parked *sync.WaitGroup) int {
	parked.Wait()
	// A goroutine that has reported may still be on its way to its channel.
	for i := 0; i < 100; i++ {
		runtime.Gosched()
	}
	return rss()
}

// rss is in bytes. Where there is no /proc the peak must do.
func rss() int {
	var size, resident int
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		if _, err := fmt.Sscan(string(statm), &size, &resident); err == nil {
			return resident * os.Getpagesize()
		}
	}
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return int(use.Maxrss)
	}
	return int(use.Maxrss) * 1024
}
