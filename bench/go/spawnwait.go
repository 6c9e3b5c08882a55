package main

import "sync"

const batch = 1000

// spawnWait starts n goroutines that do nothing but report to a WaitGroup,
// a batch at a time, and waits for each batch.
func spawnWait(n int) int {
	var wg sync.WaitGroup
	started := 0
	for started < n {
		wg.Add(batch)
		for i := 0; i < batch; i++ {
			go nothing(&wg)
		}
		wg.Wait()
		started += batch
	}
	return started
}

func nothing(wg *sync.WaitGroup) {
	wg.Done()
}
