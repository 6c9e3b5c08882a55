package main

import (
	"math"
	"sort"
	"time"
)

// timerStartStop starts n timers of an hour, 1000 at a time, and stops them.
func timerStartStop(n int) int {
	const batch = 1000
	stopped := 0
	for i := 0; i < n; i += batch {
		timers := make([]*time.Timer, 0, batch)
		for k := 0; k < batch; k++ {
			timers = append(timers, time.AfterFunc(time.Hour, func() {}))
		}
		for _, t := range timers {
			if t.Stop() {
				stopped++
			}
		}
	}
	return stopped
}

// sleep1ms sleeps n times for a millisecond.
func sleep1ms(n int) int {
	slept := 0
	for i := 0; i < n; i++ {
		time.Sleep(time.Millisecond)
		slept++
	}
	return slept
}

// headStart after the start the first sleeper is due: all of them must be
// asleep by then.
const headStart = 500 * time.Millisecond

// sleepers reports how late n sleepers woke up, in milliseconds, that are due
// one after the other within the window.
func sleepers(n int, window time.Duration) map[string]any {
	late := make(chan float64, n)
	first := time.Now().Add(headStart)
	for i := 0; i < n; i++ {
		go sleeper(first.Add(window*time.Duration(i)/time.Duration(n)), late)
	}
	time.Sleep(headStart + window)
	all := make([]float64, n)
	for i := range all {
		all[i] = <-late
	}
	sort.Float64s(all)
	at := func(q float64) float64 { return all[int(math.Ceil(q*float64(n)))-1] }
	return map[string]any{"p50": at(0.5), "p99": at(0.99), "max": at(1), "checksum": len(all)}
}

func sleeper(due time.Time, late chan<- float64) {
	time.Sleep(time.Until(due))
	late <- float64(time.Since(due)) / 1e6
}
