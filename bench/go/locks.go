package main

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// mutexContended lets two goroutines lock and unlock one mutex n/2 times each.
func mutexContended(n int) int {
	var mu sync.Mutex
	counts := make(chan int)
	go contender(&mu, share(n, 2, 0), counts)
	go contender(&mu, share(n, 2, 1), counts)
	return <-counts + <-counts
}

func contender(mu *sync.Mutex, n int, counts chan<- int) {
	count := 0
	for i := 0; i < n; i++ {
		mu.Lock()
		count++
		mu.Unlock()
	}
	counts <- count
}

// rwMutexRead locks one RWMutex n times for reading, in as many goroutines as
// there are Ps.
func rwMutexRead(n int) int {
	procs := runtime.GOMAXPROCS(0)
	var rw sync.RWMutex
	counts := make(chan int)
	for p := 0; p < procs; p++ {
		go reader(&rw, share(n, procs, p), counts)
	}
	sum := 0
	for p := 0; p < procs; p++ {
		sum += <-counts
	}
	return sum
}

func reader(rw *sync.RWMutex, n int, counts chan<- int) {
	count := 0
	for i := 0; i < n; i++ {
		rw.RLock()
		count++
		rw.RUnlock()
	}
	counts <- count
}

// waitGroup adds one to a WaitGroup and takes it off again, n times, in as many
// goroutines as there are Ps.
func waitGroup(n int) int {
	procs := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	counts := make(chan int, procs)
	wg.Add(procs)
	for p := 0; p < procs; p++ {
		go adder(&wg, share(n, procs, p), counts)
	}
	wg.Wait()
	sum := 0
	for p := 0; p < procs; p++ {
		sum += <-counts
	}
	return sum
}

func adder(wg *sync.WaitGroup, n int, counts chan<- int) {
	count := 0
	for i := 0; i < n; i++ {
		wg.Add(1)
		count++
		wg.Done()
	}
	counts <- count
	wg.Done()
}

const waiters = 8

// cond8 makes n rounds in which eight goroutines wait on a condition and the
// ninth wakes them all.
func cond8(n int) int {
	cond := sync.NewCond(&sync.Mutex{})
	var arrived, rounds int32
	var wg sync.WaitGroup
	wg.Add(waiters + 1)
	for i := 0; i <= waiters; i++ {
		go rounder(n, cond, &arrived, &rounds, &wg)
	}
	wg.Wait()
	return int(atomic.LoadInt32(&rounds))
}

// The mutex guards the counters, so plain ones would do; they are atomic
// because they have to be on the other side.
func rounder(n int, cond *sync.Cond, arrived, rounds *int32, wg *sync.WaitGroup) {
	for {
		cond.L.Lock()
		if atomic.LoadInt32(rounds) == int32(n) {
			break
		}
		if atomic.AddInt32(arrived, 1) == waiters+1 {
			atomic.StoreInt32(arrived, 0)
			atomic.AddInt32(rounds, 1)
			cond.Broadcast()
		} else {
			cond.Wait()
		}
		cond.L.Unlock()
	}
	cond.L.Unlock()
	wg.Done()
}
