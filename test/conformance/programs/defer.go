// The programs of defer.ts in Go. Where Go is installed, the test compares what both print.
package main

import (
	"fmt"
	"os"
	"runtime"
)

var say = fmt.Println

func rec(what string) { fmt.Println(what, recover()) }

func recLater(what string) {
	runtime.Gosched()
	r := recover()
	fmt.Println(what, r, recover())
}

func throwing(v any) { panic(v) }

func helper() any { return recover() }

func increase(d int) (ret int) {
	defer func() { ret++ }()
	return d
}

func fails() any {
	defer recLater("fails:")
	runtime.Gosched()
	panic("oops")
}

var total = 0

func deep(n int) {
	own := n
	defer func() { total += own }()
	if n == 0 {
		panic("bottom")
	}
	deep(n - 1)
	own = 0
}

func exits(done chan string) {
	defer func() { done <- "done" }()
	defer func() { fmt.Println("recover in Goexit:", recover()) }()
	defer say("deferred")
	runtime.Goexit()
}

func exitInner() {
	defer throwing("x")
	runtime.Goexit()
}

func exitOuter() {
	defer rec("rec")
	exitInner()
	fmt.Println("unreachable 1")
}

var cases = map[string]func(){
	"order": func() {
		for i := 0; i < 5; i++ {
			defer say(i)
		}
		a := 1
		defer say("a1:", a)
		a++
		defer func() { fmt.Println("a2:", a) }()
		a++
		defer say("slow", a)
		fmt.Println("body")
	},
	"results": func() {
		fmt.Println(increase(1))
		fmt.Println(fails())
		fmt.Println(func() int {
			defer func() { recover() }()
			defer func() { panic(1) }()
			return 5
		}())
		fmt.Println(func() (s string) {
			defer func() {
				r := recover()
				s = fmt.Sprintf("recovered %v", r)
			}()
			panic("x")
		}())
	},
	"loop": func() {
		fmt.Println(func() (n int) {
			for i := 0; i < 10000; i++ {
				defer func() { n++ }()
			}
			return 0
		}())
	},
	"portable": func() {
		ch := make(chan int, 20000)
		func() {
			for i := 0; i < 10000; i++ {
				defer func(i int) { ch <- i }(i)
			}
		}()
		falling := true
		for i := 9999; i >= 0; i-- {
			falling = falling && <-ch == i
		}
		fmt.Println(len(ch), falling)
	},
	"deep": func() {
		func() {
			defer rec("deep:")
			deep(20000)
		}()
		fmt.Println(total)
	},
	"goexit": func() {
		done := make(chan string)
		go exits(done)
		fmt.Println(<-done)
	},
	"rerec": func() {
		defer rec("outer")
		defer func() {
			defer rec("inner")
			throwing("p2")
		}()
		panic("p1")
	},
	"abort": func() {
		defer func() { fmt.Println("outer", recover(), "again", recover()) }()
		defer throwing("p2")
		panic("p1")
	},
	"helpers": func() {
		defer func() { fmt.Println("direct", recover()) }()
		defer func() { fmt.Println("helper", helper()) }()
		defer func() { fmt.Println("closure", func() any { return recover() }()) }()
		defer func() { defer rec("deferred in deferred") }()
		defer func() { fmt.Println("in a closure", func() any { return recover() }()) }()
		fmt.Println("not deferred", recover())
		panic("x")
	},
	"continues": func() {
		defer say("d1")
		defer rec("recovered")
		defer say("d3")
		panic("p")
	},
	"panicNil": func() {
		defer func() { fmt.Println(recover() == nil) }()
		panic(nil)
	},
	"exitRecover": func() {
		defer say("last")
		defer rec("rec")
		defer func() {
			fmt.Println("rec0", recover())
			throwing("x")
		}()
		runtime.Goexit()
	},
	"exitRecover2": func() {
		exitOuter()
		fmt.Println("unreachable 2")
	},
	"panicExit": func() {
		defer runtime.Goexit()
		panic("p1")
	},
	"nested": func() {
		defer throwing("second")
		panic("first")
	},
	"recovered": func() {
		defer func() { panic(fmt.Sprintf("re %v", recover())) }()
		panic("first")
	},
	"three": func() {
		defer func() {
			defer func() { panic("third") }()
			panic("second")
		}()
		panic("first")
	},
	"exitPanic": func() {
		defer func() { panic("after exit") }()
		runtime.Goexit()
	},
	"panicExitPanic": func() {
		defer func() { panic("p2") }()
		defer func() { runtime.Goexit() }()
		panic("p1")
	},
	"same": func() {
		defer func() { panic(recover()) }()
		panic("same")
	},
	"deferRecover": func() {
		defer recover()
		panic("x")
	},
	"nilFunc": func() {
		defer say("runs")
		var f func()
		defer f()
		fmt.Println("body")
	},
}

func main() {
	name := os.Args[1]
	if name == "all" {
		for _, one := range []string{"order", "results", "loop", "portable", "deep", "goexit", "rerec", "abort", "helpers", "continues", "panicNil"} {
			fmt.Println(one)
			cases[one]()
		}
		return
	}
	cases[name]()
}
