// Goschedbench runs one of the programs that gosched is compared with and
// prints what it measured as one line of JSON. bench/run-ours.ts is its
// counterpart; the two must time the same thing.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"sort"
	"syscall"
	"time"
)

// programs takes the size of the work and returns a checksum that depends on
// all of it.
var programs = map[string]func(n int) int{
	"Yield":             yield,
	"PingPong":          pingPong,
	"SpawnWait":         spawnWait,
	"Skynet":            skynet,
	"ProdCons100":       prodCons100,
	"Sieve":             sieve,
	"ForkJoinFib":       forkJoinFib,
	"MutexUncontended":  mutexUncontended,
	"SelectUncontended": selectUncontended,
	"SelectSync":        selectSync,
	"SelectNonblock":    selectNonblock,
	"Pool":              pool,
	"SyncMapLoad":       syncMapLoad,
	"MutexContended":    mutexContended,
	"RWMutexRead":       rwMutexRead,
	"WaitGroup":         waitGroup,
	"Cond8":             cond8,
	"TimerStartStop":    timerStartStop,
	"Sleep1ms":          sleep1ms,
	"ContextCancelTree": contextCancelTree,
	"NQueens":           nqueens,
	"Syscall":           syscalls,
	"RawSyscall":        rawSyscalls,
}

func main() {
	name := flag.String("bench", "", "program to run")
	n := flag.Int("n", 0, "size of the timed run")
	warm := flag.Int("warm", 0, "size of the run before it")
	procs := flag.Int("procs", 1, "GOMAXPROCS")
	flag.Parse()

	runtime.GOMAXPROCS(*procs)
	if *name == "Daisy" || *name == "Gate" {
		report(memory(*name, *n))
		return
	}
	if *name == "TimersSpread" || *name == "TimersAtOnce" {
		window := time.Duration(0)
		if *name == "TimersSpread" {
			window = time.Second
		}
		sleepers(*n, window)
		report(sleepers(*n, window))
		return
	}
	program, ok := programs[*name]
	if !ok {
		names := make([]string, 0, len(programs))
		for name := range programs {
			names = append(names, name)
		}
		sort.Strings(names)
		fmt.Fprintf(os.Stderr, "no program %q; there are %v\n", *name, names)
		os.Exit(2)
	}

	program(*warm)
	// As the testing package does before it starts the clock: the garbage of
	// the warm-up is not part of the measurement.
	runtime.GC()

	cpu := cpuTime()
	begin := time.Now()
	sum := program(*n)
	ns := time.Since(begin)
	report(map[string]any{
		"checksum": sum,
		"ns":       ns.Nanoseconds(),
		"cpu_ns":   (cpuTime() - cpu).Nanoseconds(),
	})
}

// cpuTime is what all threads of the process have used so far.
func cpuTime() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

func report(result map[string]any) {
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// share is the i-th of parts nearly equal shares of n.
func share(n, parts, i int) int {
	s := n / parts
	if i < n%parts {
		s++
	}
	return s
}
